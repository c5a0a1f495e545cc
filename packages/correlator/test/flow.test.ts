import { describe, expect, it } from 'vitest'
import { engineWith, messaging, nanos, ref, stepsOf, traceId, type Told } from './support/story.ts'

/** An order: HTTP request → message → a worker in a trace of its own. */
const order: Told[] = [
  { id: 'order/post', kind: 'server', at: 0, for: 10 },
  {
    id: 'order/send',
    parent: 'order/post',
    kind: 'producer',
    at: 2,
    for: 3,
    attributes: messaging('send', 'orders'),
  },
  {
    id: 'work/process',
    service: 'worker',
    kind: 'consumer',
    links: ['order/send'],
    at: 105,
    for: 20,
    attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': 'workers' }),
  },
  { id: 'work/db', parent: 'work/process', service: 'worker', kind: 'client', at: 110, for: 5 },
]

describe('a flow', () => {
  it('goes from its origin through a message into another trace', async () => {
    const engine = await engineWith(order)
    const flow = await engine.flow(traceId('order'))
    expect(stepsOf(flow)).toEqual(['order/post', 'order/send', 'work/db', 'work/process'])
    expect(flow).toMatchObject({
      id: traceId('order'),
      origin: { ...ref('order/post'), service: 'shop', name: 'order/post' },
      durationMs: 125,
      stepCount: 4,
      traceCount: 2,
      messageCount: 1,
      attemptCount: 1,
      services: ['shop', 'worker'],
      destinations: ['orders'],
      systems: ['kafka'],
      state: 'quiet',
    })
    expect(flow?.edges).toContainEqual({
      from: ref('order/send'),
      to: ref('work/process'),
      evidence: 'link',
      messageKey: flow?.messages[0]?.key,
    })
    expect(flow?.messages).toMatchObject([
      {
        system: 'kafka',
        destination: 'orders',
        flowIds: [traceId('order')],
        sent: ref('order/send'),
        state: 'processed',
        attempts: [
          {
            number: 1,
            step: ref('work/process'),
            consumerGroup: 'workers',
            dwellMs: 100,
            outcome: 'succeeded',
          },
        ],
      },
    ])
  })

  it('is not the trace of its consumer', async () => {
    const engine = await engineWith(order)
    expect(await engine.flow(traceId('work'))).toBeUndefined()
    expect((await engine.flowsOfTrace(traceId('work'))).map((flow) => flow.id)).toEqual([traceId('order')])
    expect((await engine.flows({ limit: 10 })).flows.map((flow) => flow.id)).toEqual([traceId('order')])
  })

  it('spends no work in a poll that began before the message was sent', async () => {
    const engine = await engineWith([
      { id: 'order/send', kind: 'producer', at: 100, for: 10, attributes: messaging('send', 'q') },
      {
        id: 'poll/receive',
        kind: 'client',
        links: ['order/send'],
        at: 0,
        for: 150,
        attributes: messaging('receive', 'q'),
      },
      {
        id: 'work/process',
        kind: 'consumer',
        links: ['order/send'],
        at: 160,
        for: 40,
        attributes: messaging('process', 'q'),
      },
    ])
    const flow = await engine.flow(traceId('order'))
    expect(
      flow?.criticalPath.map(
        ({ kind, toUnixNano }) => `${kind} until ${Number(BigInt(toUnixNano) - BigInt(nanos(0))) / 1e6}`,
      ),
    ).toEqual(['work until 110', 'dwell until 150', 'dwell until 160', 'work until 200'])
  })

  it('has segments that add up to its duration', async () => {
    const engine = await engineWith(order)
    const flow = await engine.flow(traceId('order'))
    expect(
      flow?.criticalPath.map((segment) => [segment.kind, segment.step?.spanId ?? segment.messageKey]),
    ).toEqual([
      ['work', ref('order/post').spanId],
      ['work', ref('order/send').spanId],
      ['dwell', flow?.messages[0]?.key],
      ['work', ref('work/process').spanId],
      ['work', ref('work/db').spanId],
      ['work', ref('work/process').spanId],
    ])
  })

  it('starts with a consumer only until the message that caused it is known', async () => {
    const [post, send, process, db] = order as [Told, Told, Told, Told]
    const early = await engineWith([process, db])
    expect(stepsOf(await early.flow(traceId('work')))).toEqual(['work/db', 'work/process'])
    const late = await engineWith([process, db, send, post])
    expect(await late.flow(traceId('work'))).toBeUndefined()
    expect((await late.flow(traceId('order')))?.stepCount).toBe(4)
  })
})
