import { describe, expect, it } from 'vitest'
import type { FlowQuery } from '../src/index.ts'
import { batchStory, gapStory, retryStory } from './support/stories.ts'
import { engineWith, nanos, traceId, type Told } from './support/story.ts'

const posts = (count: number, apart = 700): Told[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `p${index}/post`,
    kind: 'server',
    at: index * apart,
    for: index,
  }))

describe('the list of flows', () => {
  it('is in order of start, newest first', async () => {
    const engine = await engineWith(posts(5).toReversed())
    expect((await engine.flows({ limit: 9 })).flows.map((flow) => flow.origin.name)).toEqual(
      [4, 3, 2, 1, 0].map((n) => `p${n}/post`),
    )
  })

  it.each([1, 2, 3, 7, 50])('is the same in pages of %i', async (limit) => {
    const engine = await engineWith([...posts(20, 100), ...batchStory(10)])
    const all = (await engine.flows({ limit: 500 })).flows.map((flow) => flow.id)
    expect(all).toHaveLength(30)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await engine.flows({ limit, ...(cursor && { cursor }) })
      expect(page.flows.length).toBeLessThanOrEqual(limit)
      paged.push(...page.flows.map((flow) => flow.id))
      cursor = page.cursor
    } while (cursor)
    expect(paged).toEqual(all)
  })

  it('goes on where its time was up', async () => {
    const engine = await engineWith(posts(30, 100), { listBudgetMs: 0 })
    const found = new Set<string>()
    let cursor: string | undefined
    do {
      const page = await engine.flows({ limit: 500, ...(cursor && { cursor }) })
      for (const { id } of page.flows) found.add(id)
      cursor = page.cursor
    } while (cursor)
    expect(found.size).toBe(30)
  })

  it.each<[string, Partial<FlowQuery>, string[]]>([
    ['service', { service: 'payments' }, ['pay']],
    ['destination', { destination: 'in' }, ['gap']],
    ['system', { system: 'rabbitmq' }, ['pay']],
    ['state', { state: 'failed' }, ['pay']],
    ['least duration', { minDurationMs: 1000 }, ['pay']],
    ['a part of a step name', { q: 'TRY0' }, ['pay']],
    ['an id', { q: traceId('gap') }, ['gap']],
    ['start since', { since: BigInt(nanos(1)) }, ['p1']],
    ['start until', { until: BigInt(nanos(1)) }, ['gap', 'p0', 'pay']],
    ['what nothing has', { q: 'nothing like this' }, []],
  ])('filters by %s', async (_, query, names) => {
    const engine = await engineWith([...gapStory(), ...retryStory([false, false]), ...posts(2)])
    const { flows } = await engine.flows({ limit: 9, ...query })
    expect(flows.map((flow) => flow.id).sort()).toEqual(names.map(traceId).sort())
  })

  it('takes a cursor that is none of its own for the start', async () => {
    const engine = await engineWith(posts(3))
    expect((await engine.flows({ limit: 9, cursor: '☃' })).flows).toHaveLength(3)
  })
})
