import { describe, expect, it } from 'vitest'
import { gapStory } from './support/stories.ts'
import { engineWith, flowState, messaging, ref, stepsOf, traceId, type Told } from './support/story.ts'

describe('evidence', () => {
  it('by parent and link together is one edge and one flow', async () => {
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'q') },
      {
        id: 'o/process',
        parent: 'o/send',
        links: ['o/send'],
        kind: 'consumer',
        at: 9,
        attributes: messaging('process', 'q'),
      },
    ])
    const flow = await engine.flow(traceId('o'))
    expect(flow).toMatchObject({ traceCount: 1, attemptCount: 1, messages: [{ state: 'processed' }] })
    expect(flow?.edges).toEqual([
      { from: ref('o/send'), to: ref('o/process'), evidence: 'parent', messageKey: flow?.messages[0]?.key },
    ])
  })

  it('by parent alone is enough for a delivery', async () => {
    const engine = await engineWith([
      {
        id: 'o/send',
        kind: 'producer',
        attributes: { 'messaging.system': 'kafka', 'messaging.destination': 'q' },
      },
      {
        id: 'o/process',
        parent: 'o/send',
        kind: 'consumer',
        at: 9,
        attributes: {
          'messaging.system': 'kafka',
          'messaging.destination': 'q',
          'messaging.operation': 'process',
        },
      },
    ])
    expect(await engine.flow(traceId('o'))).toMatchObject({
      attemptCount: 1,
      messages: [{ state: 'processed' }],
    })
  })

  it('by coordinate joins a consumer whose message carried no context', async () => {
    const at = { 'messaging.destination.partition.id': '3', 'kafka.offset': 1842 }
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'orders', at) },
      {
        id: 'c/process',
        kind: 'consumer',
        at: 9,
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation': 'process',
          'messaging.destination': 'orders',
          'messaging.kafka.partition': 3,
          'messaging.kafka.message.offset': '1842',
        },
      },
    ])
    const flow = await engine.flow(traceId('o'))
    expect(flow?.edges).toMatchObject([{ from: ref('o/send'), to: ref('c/process'), evidence: 'coordinate' }])
    expect(flow?.messages).toMatchObject([{ coordinate: 'kafka/orders/3/1842', state: 'processed' }])
    expect(await engine.flow(traceId('c'))).toBeUndefined()
  })

  it('by message id joins within a destination only', async () => {
    const id = { 'messaging.message.id': 'a1' }
    const told = (destination: string): Told[] => [
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'orders', id) },
      { id: 'c/process', kind: 'consumer', at: 9, attributes: messaging('process', destination, id) },
    ]
    const same = await engineWith(told('orders'))
    expect((await same.flow(traceId('o')))?.edges).toMatchObject([{ evidence: 'message-id' }])
    const other = await engineWith(told('returns'))
    expect((await other.flow(traceId('o')))?.edges).toEqual([])
  })

  it('that is exact is never overridden by a coordinate', async () => {
    const at = { 'flowstitch.message.coordinate': 'kafka/q/0/1' }
    const engine = await engineWith([
      { id: 'a/send', kind: 'producer', attributes: messaging('send', 'q', at) },
      { id: 'b/send', kind: 'producer', attributes: messaging('send', 'q') },
      {
        id: 'c/process',
        links: ['b/send'],
        kind: 'consumer',
        at: 9,
        attributes: messaging('process', 'q', at),
      },
    ])
    expect(stepsOf(await engine.flow(traceId('a')))).toEqual(['a/send'])
    expect(stepsOf(await engine.flow(traceId('b')))).toEqual(['b/send', 'c/process'])
  })

  it('by flow context reaches over a service that reports nothing', async () => {
    const engine = await engineWith(gapStory())
    const flow = await engine.flow(traceId('gap'))
    expect(stepsOf(flow)).toEqual(['after/process', 'after/work', 'gap/post', 'gap/send'])
    expect(flow?.edges).toContainEqual({
      from: ref('gap/post'),
      to: ref('after/process'),
      evidence: 'flow-context',
    })
    expect(await engine.flow(traceId('after'))).toBeUndefined()
  })

  it('by flow context gives the flow its id before anything of its origin has come', async () => {
    const engine = await engineWith(gapStory().slice(2))
    expect((await engine.flows({ limit: 9 })).flows.map((flow) => flow.id)).toEqual([traceId('gap')])
    expect(stepsOf(await engine.flow(traceId('gap')))).toEqual(['after/process', 'after/work'])
    expect(await engine.flow(traceId('after'))).toBeUndefined()
  })

  it('by flow context of a link is lent to the batch, though nothing else of the flow has come', async () => {
    const engine = await engineWith([
      {
        id: 'w/batch',
        kind: 'consumer',
        attributes: messaging('process', 'q', { 'messaging.batch.message_count': 2 }),
      },
      {
        id: 'w/one',
        parent: 'w/batch',
        links: [{ to: 'o/lost', state: flowState('x') }],
        kind: 'consumer',
        attributes: messaging('receive', 'q'),
      },
    ])
    expect(stepsOf(await engine.flow(traceId('x')))).toEqual(['w/batch', 'w/one'])
  })

  it('by flow context counts only where a link has none better', async () => {
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'q') },
      { id: 'x/post', kind: 'server' },
      {
        id: 'c/process',
        links: [{ to: 'o/send', state: flowState('x') }],
        state: flowState('x'),
        kind: 'consumer',
        at: 9,
        attributes: messaging('process', 'q'),
      },
    ])
    expect(stepsOf(await engine.flow(traceId('x')))).toEqual(['x/post'])
    expect(stepsOf(await engine.flow(traceId('o')))).toEqual(['c/process', 'o/send'])
  })

  it('of a link to a lost span in a known trace is drawn as inferred', async () => {
    const engine = await engineWith([
      { id: 'o/post', kind: 'server', for: 5 },
      { id: 'c/process', links: ['o/lost'], kind: 'consumer', at: 9, attributes: messaging('process', 'q') },
    ])
    const flow = await engine.flow(traceId('o'))
    expect(flow?.edges).toEqual([{ from: ref('o/post'), to: ref('c/process'), evidence: 'inferred' }])
    expect(flow?.messages).toMatchObject([{ state: 'processed', attempts: [{ number: 1 }] }])
    expect(flow?.messages[0]?.sent).toBeUndefined()
  })

  it('of a trace holds its orphans together', async () => {
    const engine = await engineWith([
      { id: 'o/post', kind: 'server', for: 5 },
      { id: 'o/query', parent: 'o/lost', at: 2 },
    ])
    expect((await engine.flow(traceId('o')))?.edges).toEqual([
      { from: ref('o/post'), to: ref('o/query'), evidence: 'inferred' },
    ])
  })

  it('that goes in a circle neither hangs nor hides the steps', async () => {
    const engine = await engineWith([
      { id: 'a/x', links: ['b/x'], kind: 'consumer', attributes: messaging('process', 'q') },
      { id: 'b/x', links: ['a/x'], kind: 'consumer', attributes: messaging('process', 'q') },
    ])
    for (const trace of ['a', 'b']) {
      expect(stepsOf(await engine.flow(traceId(trace)))).toEqual(['a/x', 'b/x'])
      expect((await engine.flowsOfTrace(traceId(trace))).map((flow) => flow.id)).toEqual([traceId(trace)])
    }
  })

  it('of two origins at one join leaves them two flows', async () => {
    const engine = await engineWith([
      { id: 'a/send', kind: 'producer', attributes: messaging('send', 'left') },
      { id: 'b/send', kind: 'producer', attributes: messaging('send', 'right') },
      { id: 'j/join', links: ['a/send', 'b/send'], at: 9 },
      { id: 'j/after', parent: 'j/join', at: 9 },
    ])
    const flow = await engine.flow(traceId('a'))
    expect(stepsOf(flow)).toEqual(['a/send', 'j/after', 'j/join'])
    expect(flow?.steps.map((step) => step.shared)).toEqual([undefined, true, true])
    expect((await engine.flows({ limit: 9 })).flows).toHaveLength(2)
  })
})
