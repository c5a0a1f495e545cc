import { describe, expect, it } from 'vitest'
import type { Flow } from '../src/index.ts'
import { rabbit } from './support/stories.ts'
import { engineWith, messaging, nanos, STORY_START_MS, traceId, type Told } from './support/story.ts'

/** The critical path as kinds and times in milliseconds after the story's start. */
function pathOf(flow: Flow | undefined): (string | number)[][] {
  const ms = (unixNano: string): number => Number(BigInt(unixNano) - BigInt(nanos(0))) / 1e6
  return (flow?.criticalPath ?? []).map((segment) => [
    segment.kind,
    ms(segment.fromUnixNano),
    ms(segment.toUnixNano),
  ])
}

const brokerTime = (at: number): Record<string, number> => ({
  'flowstitch.message.broker_time': STORY_START_MS + at,
})

describe('a delay that was asked for', () => {
  const send = (more: Told['attributes'] = {}): Told => ({
    id: 'o/send',
    kind: 'producer',
    attributes: rabbit('send', 'reminders', more),
  })
  const got = (at: number, more: Told['attributes'] = {}): Told => ({
    id: 'c/process',
    links: ['o/send'],
    kind: 'consumer',
    at,
    for: 5,
    attributes: rabbit('process', 'reminders', more),
  })

  it.each([
    ['the sender', { 'flowstitch.message.delay': 1000 }, {}],
    ['the consumer', {}, { 'flowstitch.message.delay': 1000 }],
  ])('as %s tells it, is told apart from the dwell after it', async (_, sent, received) => {
    const flow = await (await engineWith([send(sent), got(1100, received)])).flow(traceId('o'))
    expect(pathOf(flow)).toEqual([
      ['work', 0, 1],
      ['delay', 1, 1001],
      ['dwell', 1001, 1100],
      ['work', 1100, 1105],
    ])
    expect(flow?.messages[0]?.attempts).toMatchObject([{ dwellMs: 99, delayMs: 1000 }])
  })

  it('is no longer than the message really waited', async () => {
    const told = [send({ 'flowstitch.message.delay': 60_000 }), got(500)]
    const flow = await (await engineWith(told)).flow(traceId('o'))
    expect(pathOf(flow)).toEqual([
      ['work', 0, 1],
      ['delay', 1, 500],
      ['work', 500, 505],
    ])
    expect(flow?.messages[0]?.attempts).toMatchObject([{ dwellMs: 0, delayMs: 499 }])
  })

  it('is of the first attempt alone', async () => {
    const first: Told = { ...got(1100), error: true }
    const second: Told = { ...got(2000), id: 'again/process' }
    const told = [send({ 'flowstitch.message.delay': 1000 }), first, second]
    expect(pathOf(await (await engineWith(told)).flow(traceId('o')))).toEqual([
      ['work', 0, 1],
      ['delay', 1, 1001],
      ['dwell', 1001, 1100],
      ['work', 1100, 1105],
      ['retry', 1105, 2000],
      ['work', 2000, 2005],
    ])
  })
})

describe('the time between attempts', () => {
  it('is retry also where a retry topic of another group leads on', async () => {
    const told: Told[] = [
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'orders') },
      {
        id: 'first/process',
        links: ['o/send'],
        kind: 'consumer',
        at: 10,
        for: 5,
        error: true,
        attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': 'workers' }),
      },
      {
        id: 'second/process',
        links: ['o/send'],
        kind: 'consumer',
        at: 500,
        for: 5,
        attributes: messaging('process', 'orders.retry', { 'messaging.consumer.group.name': 'retries' }),
      },
    ]
    expect(pathOf(await (await engineWith(told)).flow(traceId('o')))).toEqual([
      ['work', 0, 1],
      ['dwell', 1, 10],
      ['work', 10, 15],
      ['retry', 15, 500],
      ['work', 500, 505],
    ])
  })
})

describe('clocks that disagree', () => {
  /** A worker whose clock is 5000 ms behind gets a message after 40 ms and answers with another one. */
  const story = (behind = 5000): Told[] => [
    {
      id: 'o/send',
      kind: 'producer',
      service: 'shop',
      at: 100,
      for: 4,
      attributes: messaging('send', 'q', brokerTime(102)),
    },
    {
      id: 'c/process',
      links: ['o/send'],
      kind: 'consumer',
      service: 'worker',
      at: 142 - behind,
      for: 10,
      attributes: messaging('process', 'q', brokerTime(102)),
    },
    {
      id: 'c/send',
      parent: 'c/process',
      kind: 'producer',
      service: 'worker',
      at: 145 - behind,
      for: 2,
      attributes: messaging('send', 'r', brokerTime(146)),
    },
  ]

  it('are corrected within what broker times prove, and both times are shown', async () => {
    const flow = (await (await engineWith(story())).flow(traceId('o')))!
    expect(flow.clocks).toHaveLength(1)
    const [{ service, offsetMs, uncertaintyMs }] = flow.clocks as [
      { service: string; offsetMs: number; uncertaintyMs: number },
    ]
    expect(service).toBe('worker')
    expect(uncertaintyMs).toBeLessThan(6)
    expect(Math.abs(offsetMs + 5000)).toBeLessThanOrEqual(uncertaintyMs)
    const attempt = flow.messages.find((message) => message.destination === 'q')!.attempts[0]!
    expect(attempt.rawDwellMs).toBe(142 - 5000 - 102)
    expect(Math.abs(attempt.dwellMs! - 40)).toBeLessThanOrEqual(attempt.dwellUncertaintyMs! + 4)
    expect(flow.steps.find((step) => step.name === 'c/process')!.startTimeUnixNano).toBe(nanos(142 - 5000))
    expect(Math.abs(flow.durationMs - 52)).toBeLessThanOrEqual(uncertaintyMs)
    expect(pathOf(flow).map(([kind]) => kind)).toEqual(['work', 'dwell', 'work', 'work', 'work'])
    const [start, end] = [BigInt(flow.startTimeUnixNano), BigInt(flow.endTimeUnixNano)]
    const sum = flow.criticalPath.reduce(
      (total, segment) => total + BigInt(segment.toUnixNano) - BigInt(segment.fromUnixNano),
      0n,
    )
    expect(sum).toBe(end - start)
  })

  it('are the same in the list', async () => {
    const engine = await engineWith(story())
    const flow = (await engine.flow(traceId('o')))!
    const [listed] = (await engine.flows({ limit: 5 })).flows
    expect(listed).toMatchObject({ durationMs: flow.durationMs, endTimeUnixNano: flow.endTimeUnixNano })
  })

  it('are left alone as long as nothing proves them wrong', async () => {
    const flow = (await (await engineWith(story(0))).flow(traceId('o')))!
    expect(flow.clocks).toBeUndefined()
    expect(flow.messages[0]!.attempts[0]).toMatchObject({ dwellMs: 40 })
    expect(flow.messages[0]!.attempts[0]!.rawDwellMs).toBeUndefined()
  })

  it('are moved no further than needed where only one side is known, and nobody says how sure that is', async () => {
    const told = story().slice(0, 2)
    const flow = (await (await engineWith(told)).flow(traceId('o')))!
    expect(flow.clocks).toMatchObject([{ service: 'worker' }])
    expect(flow.clocks![0]!.uncertaintyMs).toBeUndefined()
    expect(flow.messages[0]!.attempts[0]!.dwellMs).toBeGreaterThanOrEqual(0)
    expect(flow.messages[0]!.attempts[0]!.dwellUncertaintyMs).toBeUndefined()
  })

  it('are bounded by calls, too', async () => {
    const flow = await (
      await engineWith([
        { id: 'o/call', kind: 'client', service: 'shop', at: 0, for: 20 },
        { id: 'o/serve', parent: 'o/call', kind: 'server', service: 'stock', at: 3005, for: 10 },
      ])
    ).flow(traceId('o'))
    expect(flow?.clocks).toEqual([{ service: 'stock', offsetMs: 3000, uncertaintyMs: 5 }])
    expect(flow?.durationMs).toBe(20)
  })

  it('that contradict each other are left alone', async () => {
    const flow = await (
      await engineWith([
        { id: 'o/call', kind: 'client', service: 'shop', at: 0, for: 20 },
        { id: 'o/one', parent: 'o/call', kind: 'server', service: 'stock', at: 3005, for: 10 },
        { id: 'o/two', parent: 'o/call', kind: 'server', service: 'stock', at: 9005, for: 10 },
      ])
    ).flow(traceId('o'))
    expect(flow?.clocks).toBeUndefined()
  })
})

describe('what settles a message', () => {
  const told: Told[] = [
    { id: 'o/send', kind: 'producer', attributes: messaging('send', 'orders') },
    {
      id: 'c/process',
      links: ['o/send'],
      kind: 'consumer',
      at: 10,
      for: 5,
      attributes: messaging('process', 'orders'),
    },
    {
      id: 'k/commit',
      links: ['o/send'],
      kind: 'client',
      at: 5000,
      attributes: messaging('settle', 'orders'),
    },
    { id: 'k/request', parent: 'k/commit', kind: 'client', at: 5001, for: 9 },
  ]

  it('is a step of the flow, and makes it no longer: nobody waits for an automatic commit', async () => {
    const flow = await (await engineWith(told)).flow(traceId('o'))
    expect(flow?.steps).toHaveLength(4)
    expect(flow?.durationMs).toBe(15)
    expect(pathOf(flow)).toEqual([
      ['work', 0, 1],
      ['dwell', 1, 10],
      ['work', 10, 15],
    ])
  })

  it('counts where a flow is nothing else', async () => {
    const flow = await (await engineWith(told.slice(2))).flow(traceId('k'))
    expect(flow?.durationMs).toBe(10)
  })
})
