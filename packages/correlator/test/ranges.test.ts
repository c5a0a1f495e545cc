import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore, openEngine } from '../src/index.ts'
import { blocksAround, blocksOf, coordinatesIn, isIn, rangesOf } from '../src/names/coordinates.ts'
import { shuffledRequests } from './support/arbitrary.ts'
import {
  engineWith,
  messaging,
  ref,
  request,
  stepsOf,
  STORY_START_MS,
  traceId,
  type Attributes,
  type Told,
} from './support/story.ts'

/** One send of several messages, and where the broker has put them. */
const sent = (ranges: readonly string[], count: number, more: Attributes = {}): Told => ({
  id: 'o/send',
  kind: 'producer',
  attributes: {
    ...messaging('send', 'orders'),
    'messaging.batch.message_count': count,
    'flowstitch.message.coordinates': ranges,
    ...more,
  },
})

const got = (partition: number, offset: number, topic = 'orders'): Told => ({
  id: `c${topic}${partition}-${offset}/process`,
  kind: 'consumer',
  at: 9 + partition,
  attributes: messaging('process', topic, {
    'messaging.destination.partition.id': String(partition),
    'kafka.offset': offset,
    'messaging.consumer.group.name': 'billing',
  }),
})

describe('the places of messages that share a send span', () => {
  it('join each of them to whoever got it without a context', async () => {
    const engine = await engineWith([
      sent(['kafka/orders/0/7+2', 'kafka/orders/3/1842+1'], 3),
      got(0, 7),
      got(3, 1842),
      got(0, 6),
      got(0, 9),
      got(3, 7),
    ])
    const flow = await engine.flow(traceId('o'))
    expect(stepsOf(flow)).toEqual(['corders0-7/process', 'corders3-1842/process', 'o/send'])
    expect(flow?.edges).toMatchObject([
      { from: ref('o/send'), to: ref('corders0-7/process'), evidence: 'coordinate' },
      { from: ref('o/send'), to: ref('corders3-1842/process'), evidence: 'coordinate' },
    ])
    for (const edge of flow?.edges ?? []) expect(edge.mayCause).toBeUndefined()
  })

  it('are messages of their own, those that nobody got as well', async () => {
    const engine = await engineWith([sent(['kafka/orders/0/7+3'], 3), got(0, 7), got(0, 9)])
    const { messages = [] } = (await engine.flow(traceId('o'))) ?? {}
    expect(messages.map(({ coordinate, state }) => [coordinate, state])).toEqual([
      ['kafka/orders/0/7', 'processed'],
      ['kafka/orders/0/8', 'in-flight'],
      ['kafka/orders/0/9', 'processed'],
    ])
    const { destinations } = await engine.destinations()
    expect(destinations).toMatchObject([{ destination: 'orders', sent: 3, processed: 2 }])
    expect(await engine.messages({ coordinate: 'kafka/orders/0/8' })).toMatchObject([
      { sent: ref('o/send'), attempts: [], flowIds: [traceId('o')] },
    ])
  })

  it('name the topics of a send to several', async () => {
    const told = sent(['kafka/orders/0/7+1', 'kafka/mails/0/7+1'], 2)
    delete told.attributes?.['messaging.destination.name']
    const engine = await engineWith([told, got(0, 7, 'mails')])
    const { messages = [] } = (await engine.flow(traceId('o'))) ?? {}
    expect(messages.map(({ destination, state }) => [destination, state])).toEqual([
      ['orders', 'in-flight'],
      ['mails', 'processed'],
    ])
  })

  it('agree with a context that travels, and contradict another one', async () => {
    const agreeing = await engineWith([sent(['kafka/orders/0/7+2'], 2), { ...got(0, 7), links: ['o/send'] }])
    const { messages = [] } = (await agreeing.flow(traceId('o'))) ?? {}
    expect(messages).toHaveLength(2)
    for (const message of messages) expect(message.conflicts).toBeUndefined()
    const contradicting = await engineWith([
      sent(['kafka/orders/0/7+2'], 2),
      { id: 'p/send', kind: 'producer', attributes: messaging('send', 'orders') },
      { ...got(0, 7), links: ['p/send'] },
    ])
    expect((await contradicting.flow(traceId('p')))?.messages).toMatchObject([
      { conflicts: [{ evidence: 'coordinate', senders: [ref('o/send')] }] },
    ])
  })

  it('come as one text from Zipkin', async () => {
    const engine = await engineWith([
      sent([], 3, { 'flowstitch.message.coordinates': 'kafka/orders/0/7+2,kafka/orders/3/1842+1' }),
      got(3, 1842),
    ])
    expect(stepsOf(await engine.flow(traceId('o')))).toHaveLength(2)
  })

  it('join five hundred messages, whose totals are those of the flow', async () => {
    const offsets = Array.from({ length: 500 }, (_, offset) => 60 + offset)
    const now = (): number => STORY_START_MS + 60_000
    const engine = await openEngine({ store: memoryStore(), now, reportBudgetMs: 30_000 })
    await engine.ingest(request(offsets.map((offset) => got(0, offset))), 'protobuf')
    expect((await engine.destinations()).destinations).toMatchObject([{ sent: 0, processed: 500 }])
    await engine.ingest(request([sent(['kafka/orders/0/60+500'], 500)]), 'protobuf')
    expect((await engine.destinations()).destinations).toMatchObject([{ sent: 500, processed: 500 }])
    const flow = await engine.flow(traceId('o'))
    expect(flow).toMatchObject({ stepCount: 501, messageCount: 500, attemptCount: 500 })
  })

  it('give the same flows in any order', async () => {
    const told = [
      sent(['kafka/orders/0/7+3', 'kafka/orders/1/0+1'], 4),
      got(0, 7),
      got(0, 9),
      got(1, 0),
      got(0, 10),
    ]
    const straight = await answers(told.map((span) => [span]))
    expect(straight).toContain('"messageCount":4')
    await hold(
      fc.asyncProperty(shuffledRequests(told), async (requests) => {
        expect(await answers(requests)).toEqual(straight)
      }),
      2,
    )
  })
})

async function answers(requests: readonly Told[][]): Promise<string> {
  const engine = await openEngine({ store: memoryStore(), now: () => STORY_START_MS + 60_000 })
  for (const some of requests) {
    await engine.ingest(request(some), 'protobuf')
    await engine.destinations()
  }
  const flows = await Promise.all(['o', 'corders0-10'].map((name) => engine.flow(traceId(name))))
  return JSON.stringify([flows.map((flow) => flow && { ...flow, version: 0 }), await engine.destinations()])
}

const range = fc.record({
  log: fc.constantFrom('kafka/orders/0', 'kafka/a/b/1', 'nats/ORDERS', 'x'),
  start: fc.nat(2 ** 40),
  count: fc.integer({ min: 1, max: 65_536 }),
})

describe('a range', () => {
  it('is read as it was written', () => {
    hold(
      fc.property(fc.array(range, { maxLength: 3 }), (ranges) => {
        const coordinates = ranges.map(({ log, start, count }) => `${log}/${start}+${count}`)
        const read = rangesOf({ coordinates })
        const all = ranges.reduce((sum, { count }) => sum + count, 0)
        expect(all <= 65_536 ? read : ranges).toEqual(ranges)
        expect(read.reduce((sum, { count }) => sum + count, 0)).toBe(Math.min(all, 65_536))
      }),
    )
  })

  it('has few blocks, of which one is around each of its places', () => {
    hold(
      fc.property(range, fc.nat(), (one, pick) => {
        const { log, start, count } = one
        const blocks = new Set(blocksOf(one))
        expect(blocks.size).toBeLessThanOrEqual(17)
        const inside = `${log}/${start + (pick % count)}`
        expect(blocksAround(inside).some((block) => blocks.has(block))).toBe(true)
        expect(isIn([one], inside)).toBe(true)
        for (const outside of [`${log}/${start + count}`, `${log}/${start - 1}`, `y/${start}`, log, ''])
          expect(isIn([one], outside)).toBe(false)
      }),
    )
  })

  it.each([
    'kafka/orders/0/7',
    'kafka/orders/0/7+',
    'kafka/orders/0/7+0',
    'kafka/orders/0/-7+2',
    'kafka/orders/0/7+1e9',
    'kafka/orders/0/9999999999999999+2',
    '7+2',
    '',
  ])('that is none is passed over: %j', (entry) => {
    expect([...coordinatesIn(rangesOf({ coordinates: [entry, 'kafka/orders/0/7+1'] }))]).toEqual([
      'kafka/orders/0/7',
    ])
  })

  it('that claims more than a call can send counts for as much as one can', () => {
    const coordinates = Array.from({ length: 2_000 }, (_, n) => `kafka/orders/${n}/0+999999`)
    expect([...coordinatesIn(rangesOf({ coordinates }))]).toHaveLength(65_536)
  })
})
