import { describe, expect, it } from 'vitest'
import { batchStory, createStory } from './support/stories.ts'
import { engineWith, messaging, ref, stepsOf, traceId, type Told } from './support/story.ts'

describe('a batch', () => {
  it('of fifty orders gives fifty flows, none with a step of another', async () => {
    const engine = await engineWith(batchStory(50))
    const { flows } = await engine.flows({ limit: 500 })
    expect(flows).toHaveLength(50)
    for (let index = 0; index < 50; index++) {
      const name = `order${index}`
      const flow = await engine.flow(traceId(name))
      expect(stepsOf(flow)).toEqual(
        [
          `${name}/post`,
          `${name}/send`,
          'batch/all',
          'batch/commit',
          `batch/process-${name}`,
          `batch/ship-${name}`,
        ].sort(),
      )
    }
  })

  it('shares what it does as a whole, and only that', async () => {
    const engine = await engineWith(batchStory(3))
    const flow = await engine.flow(traceId('order1'))
    expect(flow?.steps.filter((step) => step.shared).map((step) => step.name)).toEqual([
      'batch/all',
      'batch/commit',
    ])
    expect(flow?.edges.filter((edge) => edge.mayCause)).toMatchObject([
      { from: ref('batch/all'), to: ref('batch/commit'), evidence: 'parent' },
    ])
  })

  it('counts the batch step and the process step of one delivery as one attempt', async () => {
    const engine = await engineWith(batchStory(3))
    const flow = await engine.flow(traceId('order2'))
    expect(flow?.messages).toMatchObject([
      {
        state: 'processed',
        attempts: [{ number: 1, step: ref('batch/process-order2'), consumerGroup: 'workers' }],
      },
    ])
  })

  it('passes all its flows on to a message that it sends as a whole', async () => {
    const engine = await engineWith([
      ...batchStory(2),
      {
        id: 'batch/report',
        parent: 'batch/all',
        kind: 'producer',
        at: 1004,
        attributes: messaging('send', 'reports'),
      },
      {
        id: 'report/process',
        links: ['batch/report'],
        kind: 'consumer',
        at: 1100,
        attributes: messaging('process', 'reports'),
      },
    ])
    for (const name of ['order0', 'order1']) {
      const flow = await engine.flow(traceId(name))
      expect(stepsOf(flow)).toContain('report/process')
      expect(flow?.messages.find((message) => message.destination === 'reports')?.flowIds).toEqual(
        [traceId('order0'), traceId('order1')].sort(),
      )
    }
    expect((await engine.flowsOfTrace(traceId('report'))).map((flow) => flow.id).sort()).toEqual(
      [traceId('order0'), traceId('order1')].sort(),
    )
  })

  it('that is received first and processed message by message afterwards is one attempt a message', async () => {
    const engine = await engineWith([
      ...[1, 2].map((n): Told => ({
        id: `o${n}/send`,
        kind: 'producer',
        at: n,
        attributes: messaging('send', 'q'),
      })),
      {
        id: 'poll/receive',
        kind: 'client',
        links: ['o1/send', 'o2/send'],
        at: 50,
        attributes: messaging('receive', 'q'),
      },
      {
        id: 'p1/process',
        kind: 'consumer',
        links: ['o1/send'],
        at: 60,
        attributes: messaging('process', 'q'),
      },
      {
        id: 'p2/process',
        kind: 'consumer',
        links: ['o2/send'],
        at: 70,
        attributes: messaging('process', 'q'),
      },
    ])
    const flow = await engine.flow(traceId('o1'))
    expect(stepsOf(flow)).toEqual(['o1/send', 'p1/process', 'poll/receive'])
    expect(flow?.messages[0]?.attempts).toMatchObject([{ number: 1, step: ref('p1/process') }])
  })

  it('beyond the link limit keeps the messages of all its parts', async () => {
    const sends = [1, 2, 3, 4].map((n): Told => ({
      id: `o${n}/send`,
      kind: 'producer',
      at: n,
      attributes: messaging('send', 'q'),
    }))
    const engine = await engineWith([
      ...sends,
      {
        id: 'b/all',
        kind: 'consumer',
        links: ['o1/send', 'o2/send'],
        at: 50,
        for: 9,
        attributes: messaging('process', 'q', { 'messaging.batch.message_count': 4 }),
      },
      {
        id: 'b/part',
        parent: 'b/all',
        kind: 'consumer',
        links: ['o3/send', 'o4/send'],
        at: 50,
        attributes: messaging('process', 'q', { 'flowstitch.batch.part': 2 }),
      },
      {
        id: 'b/p4',
        parent: 'b/all',
        kind: 'consumer',
        links: ['o4/send'],
        at: 51,
        attributes: messaging('process', 'q'),
      },
      { id: 'b/save', parent: 'b/all', at: 55 },
    ])
    expect(stepsOf(await engine.flow(traceId('o4')))).toEqual([
      'b/all',
      'b/p4',
      'b/part',
      'b/save',
      'o4/send',
    ])
    expect(stepsOf(await engine.flow(traceId('o1')))).toEqual(['b/all', 'b/save', 'o1/send'])
    const flow = await engine.flow(traceId('o4'))
    expect(flow?.messages[0]?.attempts).toMatchObject([{ step: ref('b/p4') }])
  })

  it.each([
    ['pubsub', undefined],
    ['datasource', undefined],
    ['pubsub', 'lambda/platform'],
  ])(
    'without links of its own takes the flows of the messages that its process spans link to (%s)',
    async (trigger, parent) => {
      const engine = await engineWith([
        { id: 'o1/send', kind: 'producer', attributes: messaging('send', 'q') },
        { id: 'o2/send', kind: 'producer', attributes: messaging('send', 'q') },
        {
          id: 'lambda/invoke',
          kind: 'server',
          at: 50,
          for: 10,
          parent,
          attributes: { 'faas.trigger': trigger },
        },
        {
          id: 'lambda/p1',
          parent: 'lambda/invoke',
          kind: 'consumer',
          links: ['o1/send'],
          at: 51,
          attributes: messaging('process', 'q'),
        },
        {
          id: 'lambda/p2',
          parent: 'lambda/invoke',
          kind: 'consumer',
          links: ['o2/send'],
          at: 52,
          attributes: messaging('process', 'q'),
        },
      ])
      expect((await engine.flows({ limit: 9 })).flows).toHaveLength(2)
      const flow = await engine.flow(traceId('o1'))
      expect(stepsOf(flow)).toEqual(['lambda/invoke', 'lambda/p1', 'o1/send'])
      expect(flow).toMatchObject({ messageCount: 1, attemptCount: 1 })
    },
  )

  it('of one, whose invocation links to its handling, is one flow with one attempt', async () => {
    const engine = await engineWith([
      { id: 'o1/send', kind: 'producer', attributes: messaging('send', 'q') },
      {
        id: 'o1/process',
        parent: 'o1/send',
        links: ['o1/send'],
        kind: 'consumer',
        at: 51,
        attributes: messaging('process', 'q'),
      },
      {
        id: 'lambda/invoke',
        kind: 'server',
        at: 50,
        for: 10,
        links: ['o1/process'],
        attributes: { 'faas.trigger': 'pubsub' },
      },
    ])
    expect((await engine.flows({ limit: 9 })).flows).toHaveLength(1)
    const flow = await engine.flow(traceId('o1'))
    expect(stepsOf(flow)).toEqual(['lambda/invoke', 'o1/process', 'o1/send'])
    expect(flow?.messages).toHaveLength(1)
    expect(flow?.messages[0]?.attempts).toMatchObject([{ step: ref('o1/process') }])
  })

  it('of more messages than the hub limit says what it leaves out', async () => {
    const engine = await engineWith(batchStory(12), { hubLimit: 10 })
    const flow = await engine.flow(traceId('order5'))
    expect(stepsOf(flow)).toContain('batch/ship-order5')
    expect(stepsOf(flow)).not.toContain('batch/commit')
    expect(flow?.truncated).toEqual({ reason: 'a step with 11 messages of other flows', omittedSteps: 1 })
  })
})

describe('a batch send', () => {
  it('sends a message per create span and is no consumer of them', async () => {
    const engine = await engineWith(createStory())
    expect((await engine.flows({ limit: 9 })).flows).toHaveLength(1)
    const flow = await engine.flow(traceId('fan'))
    expect(flow?.stepCount).toBe(8)
    const messages = flow!.messages.map((message) => [
      message.sent?.spanId,
      message.coordinate,
      message.attempts.length,
    ])
    expect(messages).toHaveLength(3)
    for (const n of [1, 2, 3])
      expect(messages).toContainEqual([ref(`fan/create${n}`).spanId, `kafka/parcels/0/${n}`, 1])
  })

  it('without create spans still sends as many messages as were got at different coordinates', async () => {
    const got = [7, 8].map((offset): Told => ({
      id: `c${offset}/process`,
      links: ['s/send'],
      kind: 'consumer',
      at: 50 + offset,
      attributes: messaging('process', 'q', {
        'messaging.destination.partition.id': '1',
        'kafka.offset': offset,
      }),
    }))
    const engine = await engineWith([
      {
        id: 's/send',
        kind: 'producer',
        attributes: messaging('send', 'q', { 'messaging.batch.message_count': 2 }),
      },
      ...got,
    ])
    const flow = await engine.flow(traceId('s'))
    expect(flow?.messages.map((message) => message.coordinate)).toEqual(['kafka/q/1/7', 'kafka/q/1/8'])
    expect(new Set(flow?.messages.map((message) => message.key)).size).toBe(2)
  })
})
