import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GoneError, type Engine, type Flow } from '../src/index.ts'
import { FlowPages } from '../src/query/flow-pages.ts'
import { anyStory, STORY_KEYS } from './support/arbitrary.ts'
import { batchStory } from './support/stories.ts'
import { engineWith, request, traceId, type Told } from './support/story.ts'

const LISTS = ['steps', 'messages', 'edges', 'criticalPath'] as const

/** A request with so many steps below it. */
const wide = (name: string, steps: number): Told[] => [
  { id: `${name}/post`, kind: 'server', for: 2 * steps },
  ...Array.from({ length: steps - 1 }, (_, n) => ({ id: `${name}/${n}`, parent: `${name}/post`, at: 2 * n })),
]

async function flowOf(name: string): Promise<Flow> {
  return (await (await engineWith(wide(name, 30))).flow(traceId(name)))!
}

async function readPages(engine: Engine, id: string, limit: number): Promise<Flow[]> {
  const pages: Flow[] = []
  let cursor: string | undefined
  do {
    const page = (await engine.flow(id, { limit, ...(cursor !== undefined && { cursor }) }))!
    for (const list of LISTS) expect(page[list].length).toBeLessThanOrEqual(limit)
    cursor = page.cursor
    pages.push(page)
  } while (cursor !== undefined)
  return pages
}

function joined(pages: readonly Flow[]): Flow {
  const { cursor: _, ...flow } = pages[0]!
  for (const list of LISTS) Object.assign(flow, { [list]: pages.flatMap((page) => page[list] as unknown[]) })
  return flow
}

describe('the pages of a flow', () => {
  it(
    'are the whole flow when they are put together, whatever it is and however small they are',
    async () => {
      await hold(
        fc.asyncProperty(anyStory, fc.integer({ min: 1, max: 9 }), async (told, limit) => {
          const engine = await engineWith(told, { keys: STORY_KEYS })
          for (const { id } of (await engine.flows({ limit: 500 })).flows)
            expect(joined(await readPages(engine, id, limit))).toEqual(await engine.flow(id))
          await engine.close()
        }),
      )
    },
    PATIENCE,
  )

  it('say the same of the whole flow, each of them', async () => {
    const engine = await engineWith(wide('t', 30))
    const {
      steps: _s,
      edges: _e,
      criticalPath: _c,
      cursor: _,
      ...first
    } = (await readPages(engine, traceId('t'), 7))[0]!
    for (const page of await readPages(engine, traceId('t'), 7)) expect(page).toMatchObject(first)
  })

  it('are one where the flow is not large, and then it is the flow', async () => {
    const engine = await engineWith(batchStory(3))
    for (const { id } of (await engine.flows({ limit: 9 })).flows)
      expect(await engine.flow(id, { limit: 500 })).toEqual(await engine.flow(id))
  })

  it('are of one moment, whatever comes while they are read', async () => {
    const engine = await engineWith(wide('t', 30))
    const before = await engine.flow(traceId('t'))
    const first = (await engine.flow(traceId('t'), { limit: 10 }))!
    await engine.ingest(request([{ id: 't/late', parent: 't/post', at: 1 }]), 'protobuf')
    const second = (await engine.flow(traceId('t'), { limit: 10, cursor: first.cursor! }))!
    const third = (await engine.flow(traceId('t'), { limit: 40, cursor: second.cursor! }))!
    expect(joined([first, second, third])).toEqual(before)
    expect(joined(await readPages(engine, traceId('t'), 10)).stepCount).toBe(31)
  })

  it('of a flow that there is not are none', async () => {
    expect(await (await engineWith([])).flow(traceId('t'), { limit: 1 })).toBeUndefined()
  })
})

describe('a cursor', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('leads nowhere when nobody asked for more for a minute', async () => {
    const pages = new FlowPages()
    const flow = await flowOf('t')
    const cursor = pages.first(flow, 10).cursor!
    vi.advanceTimersByTime(59_000)
    expect(pages.next(flow.id, { cursor, limit: 10 }).steps).toEqual(flow.steps.slice(10, 20))
    vi.advanceTimersByTime(59_000)
    expect(pages.next(flow.id, { cursor, limit: 10 }).steps).toEqual(flow.steps.slice(10, 20))
    vi.advanceTimersByTime(60_000)
    expect(() => pages.next(flow.id, { cursor, limit: 10 })).toThrow(GoneError)
  })

  it('leads nowhere when larger flows have taken the place, and those that were asked for last stay', async () => {
    const one = await flowOf('one')
    const [two, three] = [await flowOf('two'), await flowOf('three')]
    const size = one.steps.length + one.edges.length + one.criticalPath.length
    const pages = new FlowPages(2 * size)
    const cursors = [one, two].map((flow) => pages.first(flow, 10).cursor!)
    pages.next(one.id, { cursor: cursors[0]!, limit: 10 })
    pages.first(three, 10)
    expect(pages.next(one.id, { cursor: cursors[0]!, limit: 10 }).id).toBe(one.id)
    expect(() => pages.next(two.id, { cursor: cursors[1]!, limit: 10 })).toThrow(GoneError)
  })

  it('leads nowhere when the last page was read, as nothing is kept then', async () => {
    const flow = await flowOf('t')
    const pages = new FlowPages()
    const cursor = pages.first(flow, 20).cursor!
    expect(pages.next(flow.id, { cursor, limit: 100 }).cursor).toBeUndefined()
    expect(() => pages.next(flow.id, { cursor, limit: 100 })).toThrow(GoneError)
  })

  it('leads on in the largest flow, even if it is too large to be kept beside others', async () => {
    const flow = await flowOf('t')
    const pages = new FlowPages(1)
    expect(pages.next(flow.id, { cursor: pages.first(flow, 20).cursor!, limit: 20 }).steps).toHaveLength(10)
  })

  it.each(['', 'nonsense', `${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}.10`])(
    'that was made up leads nowhere: %j',
    async (cursor) => {
      const engine = await engineWith(wide('t', 30))
      await expect(engine.flow(traceId('t'), { limit: 10, cursor })).rejects.toThrow(GoneError)
    },
  )

  it('of one flow leads nowhere in another', async () => {
    const engine = await engineWith([...wide('t', 30), ...wide('u', 30)])
    const { cursor } = (await engine.flow(traceId('t'), { limit: 10 }))!
    await expect(engine.flow(traceId('u'), { limit: 10, cursor: cursor! })).rejects.toThrow(GoneError)
  })
})
