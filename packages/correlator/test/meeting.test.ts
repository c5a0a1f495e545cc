import { describe, expect, it } from 'vitest'
import { openEngine, memoryStore, type Flow } from '../src/index.ts'
import {
  engineWith,
  messaging,
  ref,
  request,
  STORY_START_MS,
  stepsOf,
  traceId,
  type Told,
} from './support/story.ts'

const send = (id: string, parent: string, to: string, at: number, more: Partial<Told> = {}): Told => ({
  id,
  parent,
  kind: 'producer',
  at,
  attributes: messaging('send', to),
  ...more,
})
const process = (id: string, links: string[], from: string, at: number, more: Partial<Told> = {}): Told => ({
  id,
  links,
  kind: 'consumer',
  at,
  attributes: messaging('process', from),
  ...more,
})

function sharedIn(flow: Flow | undefined): string[] {
  return (flow?.steps ?? []).filter(({ shared }) => shared).map(({ name }) => name)
}

describe('a reply', () => {
  const asked = [
    { id: 'a/post', kind: 'server', for: 100 },
    send('a/ask', 'a/post', 'questions', 1),
    process('b/answer', ['a/ask'], 'questions', 10, { service: 'answerer' }),
    send('b/reply', 'b/answer', 'answers', 11, { service: 'answerer' }),
  ] satisfies Told[]

  it('that the one who asked waits for is a part of its flow, once', async () => {
    const engine = await engineWith([
      ...asked,
      process('a/got', ['b/reply'], 'answers', 20, { parent: 'a/post' }),
    ])
    const flow = await engine.flow(traceId('a'))
    expect(stepsOf(flow)).toEqual(['a/ask', 'a/got', 'a/post', 'b/answer', 'b/reply'])
    expect(flow).toMatchObject({ messageCount: 2, origin: ref('a/post') })
    expect(sharedIn(flow)).toEqual([])
    expect(await engine.flow(traceId('b'))).toBeUndefined()
    expect((await engine.flows({ limit: 10 })).flows).toHaveLength(1)
  })

  it('that a job picks up belongs to the flow that asked and to that of the job, and each keeps its origin', async () => {
    const engine = await engineWith([
      ...asked,
      { id: 'job/tick', at: 500, for: 50 },
      process('job/got', ['b/reply'], 'answers', 510, { parent: 'job/tick' }),
      { id: 'job/clean', parent: 'job/tick', at: 520 },
    ])
    const flow = await engine.flow(traceId('a'))
    const job = await engine.flow(traceId('job'))
    expect(stepsOf(flow)).toEqual(['a/ask', 'a/post', 'b/answer', 'b/reply', 'job/got'])
    expect(stepsOf(job)).toEqual(['job/clean', 'job/got', 'job/tick'])
    expect([flow?.origin.name, job?.origin.name]).toEqual(['a/post', 'job/tick'])
    expect([sharedIn(flow), sharedIn(job)]).toEqual([['job/got'], ['job/got']])
  })
})

describe('a join after aggregation', () => {
  const orders = ['o1', 'o2', 'o3']
  const story: Told[] = [
    ...orders.flatMap((order, index): Told[] => [
      { id: `${order}/post`, kind: 'server', at: index, for: 5 },
      send(`${order}/send`, `${order}/post`, 'orders', index + 1),
      process(`${order}p/store`, [`${order}/send`], 'orders', 100 + index),
    ]),
    { id: 'timer/tick', at: 1000, for: 20 },
    send('timer/summary', 'timer/tick', 'summaries', 1001, { links: orders.map((order) => `${order}/send`) }),
    process('mail/process', ['timer/summary'], 'summaries', 1100),
  ]

  it('is a part of every flow that ran into it, and of that which started it, and merges none of them', async () => {
    const engine = await engineWith(story)
    const { flows } = await engine.flows({ limit: 10 })
    expect(flows.map(({ origin }) => origin.name)).toEqual(['timer/tick', 'o3/post', 'o2/post', 'o1/post'])
    for (const order of orders) {
      const flow = await engine.flow(traceId(order))
      expect(stepsOf(flow)).toEqual(
        [`${order}/post`, `${order}/send`, `${order}p/store`, 'timer/summary', 'mail/process'].sort(),
      )
      expect(sharedIn(flow)).toEqual(['timer/summary', 'mail/process'])
    }
    expect(stepsOf(await engine.flow(traceId('timer')))).toEqual([
      'mail/process',
      'timer/summary',
      'timer/tick',
    ])
    const joined = await engine.flowsOfTrace(traceId('mail'))
    expect(joined.map(({ id }) => id).sort()).toEqual([...orders, 'timer'].map(traceId).sort())
  })
})

describe('a flow that had become quiet', () => {
  it('is opened again by late spans, with a greater version', async () => {
    let minutes = 1
    const engine = await openEngine({
      store: memoryStore(),
      now: () => STORY_START_MS + minutes * 60_000,
    })
    const tell = async (...told: Told[]): Promise<Flow> => {
      await engine.ingest(request(told), 'protobuf')
      return (await engine.flow(traceId('a')))!
    }
    const quiet = await tell({ id: 'a/post', kind: 'server' }, process('b/process', ['a/post'], 'q', 9))
    expect(quiet.state).toBe('quiet')
    minutes = 3 * 24 * 60
    const again = await tell(process('c/process', ['a/post'], 'q', (minutes * 60 - 1) * 1000))
    expect(again.state).toBe('active')
    expect(again.version).toBeGreaterThan(quiet.version)
    minutes++
    const failed = await tell(process('d/process', ['b/process'], 'q', 10, { error: true }))
    expect(failed.version).toBeGreaterThan(again.version)
    expect(stepsOf(failed)).toEqual(['a/post', 'b/process', 'c/process', 'd/process'])
    await engine.close()
  })
})
