import { describe, expect, it } from 'vitest'
import { rabbit, retryStory } from './support/stories.ts'
import { engineWith, messaging, ref, STORY_START_MS, traceId, type Told } from './support/story.ts'

describe('attempts', () => {
  it('of a message that fails twice and then succeeds are three, and the flow did not fail', async () => {
    const engine = await engineWith(retryStory([false, false, true]))
    const flow = await engine.flow(traceId('pay'))
    expect(flow).toMatchObject({ state: 'quiet', errorCount: 2, attemptCount: 3, messageCount: 1 })
    expect(flow?.messages).toMatchObject([
      {
        state: 'processed',
        attempts: [
          { number: 1, step: ref('try0/process'), outcome: 'failed', dwellMs: 98 },
          { number: 2, outcome: 'failed', dwellMs: 990 },
          { number: 3, outcome: 'succeeded', dwellMs: 990 },
        ],
      },
    ])
    expect(flow?.criticalPath.map((segment) => segment.kind)).toEqual([
      'work',
      'work',
      'dwell',
      'work',
      'retry',
      'work',
      'retry',
      'work',
    ])
  })

  it('that all failed make the flow failed, once nothing has happened for a while', async () => {
    const told = retryStory([false, false])
    const failed = await engineWith(told)
    expect((await failed.flow(traceId('pay')))?.state).toBe('failed')
    const hopeful = await engineWith(told, { now: () => STORY_START_MS + 2000 })
    expect((await hopeful.flow(traceId('pay')))?.state).toBe('active')
  })

  it('go on in the dead-letter queue, as the same message', async () => {
    const dead: Told = {
      id: 'dead/process',
      links: ['pay/publish'],
      kind: 'consumer',
      at: 4000,
      attributes: rabbit('process', 'payments.dead', {
        'flowstitch.dead_letter.source': 'payments',
        'flowstitch.dead_letter.reason': 'rejected',
      }),
    }
    const engine = await engineWith([...retryStory([false, false]), dead])
    const flow = await engine.flow(traceId('pay'))
    expect(flow).toMatchObject({ state: 'failed', messageCount: 1 })
    expect(flow?.messages[0]).toMatchObject({ state: 'dead-lettered', destination: 'payments' })
    expect(flow?.messages[0]?.attempts.map((attempt) => attempt.outcome)).toEqual([
      'failed',
      'failed',
      'succeeded',
    ])
  })

  it('are counted for each consumer group', async () => {
    const groups = ['billing', 'search'].map((group): Told => ({
      id: `${group}/process`,
      links: ['o/send'],
      kind: 'consumer',
      at: 20,
      attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': group }),
    }))
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', attributes: messaging('send', 'orders') },
      ...groups,
    ])
    const flow = await engine.flow(traceId('o'))
    expect(
      flow?.messages[0]?.attempts.map(({ number, consumerGroup }) => [number, consumerGroup]).sort(),
    ).toEqual([
      [1, 'billing'],
      [1, 'search'],
    ])
  })

  it('that were settled negatively say so', async () => {
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', attributes: rabbit('send', 'q') },
      { id: 'c/process', links: ['o/send'], kind: 'consumer', at: 9, attributes: rabbit('process', 'q') },
      {
        id: 'c/nack',
        parent: 'c/process',
        kind: 'client',
        at: 9,
        attributes: { ...messaging('settle', 'q'), 'messaging.operation.name': 'nack' },
      },
    ])
    const flow = await engine.flow(traceId('o'))
    expect(flow?.messages[0]).toMatchObject({
      state: 'failed',
      attempts: [{ outcome: 'settled-negatively' }],
    })
  })

  it('never have a negative dwell, whatever the clocks say', async () => {
    const engine = await engineWith([
      { id: 'o/send', kind: 'producer', at: 100, for: 5, attributes: messaging('send', 'q') },
      {
        id: 'c/process',
        links: ['o/send'],
        kind: 'consumer',
        at: 40,
        for: 3,
        attributes: messaging('process', 'q'),
      },
    ])
    const flow = await engine.flow(traceId('o'))
    expect(flow?.messages[0]?.attempts[0]?.dwellMs).toBe(0)
    expect(flow?.durationMs).toBe(5)
  })
})

describe('a message', () => {
  it('is found by its id and by its coordinate, with its flows', async () => {
    const engine = await engineWith([
      {
        id: 'o/send',
        kind: 'producer',
        attributes: messaging('send', 'q', { 'messaging.message.id': 'm-1' }),
      },
      {
        id: 'c/process',
        links: ['o/send'],
        kind: 'consumer',
        at: 9,
        attributes: messaging('process', 'q', {
          'flowstitch.message.coordinate': 'kafka/q/0/12',
          'messaging.message.id': 'm-1',
        }),
      },
    ])
    const byId = await engine.messages({ id: 'm-1' })
    expect(byId).toMatchObject([
      { id: 'm-1', coordinate: 'kafka/q/0/12', flowIds: [traceId('o')], state: 'processed' },
    ])
    expect(await engine.messages({ coordinate: 'kafka/q/0/12' })).toEqual(byId)
    expect(await engine.messages({ id: 'm-2' })).toEqual([])
  })

  it('that the broker dropped as a duplicate waits for nobody, and leaves its coordinate to the first one', async () => {
    const at = { 'flowstitch.message.coordinate': 'nats/ORDERS/7' }
    const engine = await engineWith(
      [
        { id: 'o/send', kind: 'producer', attributes: messaging('send', 'q', at) },
        {
          id: 'again/send',
          kind: 'producer',
          at: 5,
          attributes: messaging('send', 'q', { ...at, 'flowstitch.message.duplicate': true }),
        },
        { id: 'c/process', kind: 'consumer', at: 9, attributes: messaging('process', 'q', at) },
      ],
      { now: () => STORY_START_MS + 3_600_000 },
    )
    expect(await engine.flow(traceId('again'))).toMatchObject({
      state: 'quiet',
      stepCount: 1,
      messages: [{ state: 'unknown' }],
    })
    expect((await engine.flow(traceId('o')))?.messages).toMatchObject([{ state: 'processed' }])
  })

  it('that carries a context of the user is sent by the step of that context', async () => {
    const told: Told[] = [
      { id: 'o/post', kind: 'server', for: 5 },
      { id: 'relay/send', kind: 'client', at: 9, links: ['o/post'], attributes: messaging('send', 'q') },
    ]
    const waiting = await engineWith(told)
    expect((await waiting.flow(traceId('o')))?.messages).toMatchObject([
      { sent: ref('o/post'), destination: 'q', state: 'in-flight' },
    ])
    const got: Told = {
      id: 'c/process',
      kind: 'consumer',
      links: ['o/post'],
      at: 20,
      attributes: messaging('process', 'q'),
    }
    const engine = await engineWith([...told, got])
    expect((await engine.flow(traceId('o')))?.messages).toMatchObject([
      { destination: 'q', state: 'processed', attempts: [{ number: 1 }] },
    ])
  })
})
