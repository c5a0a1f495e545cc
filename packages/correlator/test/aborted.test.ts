import { describe, expect, it } from 'vitest'
import { engineWith, messaging, traceId, type Attributes, type Told } from './support/story.ts'

const at = (offset: number): Attributes => ({
  'messaging.destination.partition.id': '0',
  'kafka.offset': offset,
})
const sent = (offset: number): Told => ({
  id: `o${offset}/send`,
  kind: 'producer',
  attributes: messaging('send', 'orders', at(offset)),
})
const got = (offset: number): Told => ({
  id: `c${offset}/process`,
  kind: 'consumer',
  at: 9,
  links: [`o${offset}/send`],
  attributes: messaging('process', 'orders', { ...at(offset), 'messaging.consumer.group.name': 'g' }),
})
const ended = (offset: number, how: string, more: Partial<Told> = {}): Told => ({
  id: `o${offset}/end`,
  kind: 'client',
  at: 5,
  links: [`o${offset}/send`],
  attributes: messaging('settle', 'orders', { 'messaging.operation.name': how }),
  ...more,
})

/** Twenty messages, of which nobody got the one at 8, long ago. */
const offsets = Array.from({ length: 20 }, (_, offset) => offset)
const story = (end: Told): Told[] => [
  ...offsets.map(sent),
  ...offsets.filter((offset) => offset !== 8).map(got),
  end,
]

describe('a message of a transaction', () => {
  it('that was aborted is lost by nobody, as nobody was to get it', async () => {
    const engine = await engineWith(story(ended(8, 'abortTransaction')), { now: () => Date.now() })
    const flow = await engine.flow(traceId('o8'))
    expect(flow?.messages).toMatchObject([{ state: 'unknown', reasons: ['aborted'], attempts: [] }])
    const { destinations } = await engine.destinations()
    expect(destinations).toMatchObject([
      {
        sent: 20,
        processed: 19,
        lost: 0,
        unknown: 1,
        reasons: { aborted: 1 },
        groups: [{ sent: 19, lost: 0 }],
      },
    ])
  })

  it.each([
    ['was committed', ended(8, 'commitTransaction')],
    ['could not be aborted', ended(8, 'abortTransaction', { error: true })],
    ['is another one', ended(9, 'abortTransaction')],
  ])('whose transaction %s counts as any other', async (_, end) => {
    const engine = await engineWith(story(end), { now: () => Date.now() })
    expect((await engine.destinations()).destinations).toMatchObject([{ lost: 1 }])
    expect((await engine.flow(traceId('o8')))?.messages).toMatchObject([{ state: 'lost' }])
  })
})

describe('a copy in a topic for dead letters', () => {
  const copy = (more: Partial<Told> = {}): Told => ({
    id: 'd/process',
    kind: 'consumer',
    at: 20,
    attributes: messaging('process', 'orders-dlt', {
      ...at(0),
      'flowstitch.message.original': 'kafka/orders/0/8',
      'flowstitch.dead_letter.source': 'orders',
    }),
    ...more,
  })

  it('that has lost its context is joined to the message that it is a copy of', async () => {
    const engine = await engineWith([sent(7), sent(8), copy()])
    const flow = await engine.flow(traceId('o8'))
    expect(flow?.edges).toMatchObject([{ evidence: 'coordinate' }])
    expect(flow?.messages).toMatchObject([{ coordinate: 'kafka/orders/0/8', state: 'dead-lettered' }])
    const { destinations } = await engine.destinations()
    expect(destinations).toMatchObject([{ destination: 'orders', sent: 2, deadLettered: 1 }])
  })

  it('is joined to who sent the copy where that is known', async () => {
    const republished: Told = {
      id: 'r/send',
      kind: 'producer',
      at: 15,
      attributes: messaging('send', 'orders-dlt', {
        ...at(0),
        'flowstitch.message.original': 'kafka/orders/0/8',
      }),
    }
    const engine = await engineWith([sent(8), republished, copy()])
    expect((await engine.flow(traceId('o8')))?.edges).toEqual([])
    expect((await engine.flow(traceId('r')))?.edges).toMatchObject([{ evidence: 'coordinate' }])
  })

  it('is an attempt of its original among messages that share a send span', async () => {
    const batch: Told = {
      ...sent(8),
      attributes: {
        ...messaging('send', 'orders'),
        'messaging.batch.message_count': 2,
        'flowstitch.message.coordinates': ['kafka/orders/0/7+2'],
      },
    }
    const engine = await engineWith([batch, copy({ links: ['o8/send'] })])
    const { messages = [] } = (await engine.flow(traceId('o8'))) ?? {}
    expect(messages.map(({ coordinate, state }) => [coordinate, state])).toEqual([
      ['kafka/orders/0/7', 'in-flight'],
      ['kafka/orders/0/8', 'dead-lettered'],
    ])
  })
})
