import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore, openEngine } from '../src/index.ts'
import { LearnedFlows, type LearnedFlow } from '../src/shape/learned.ts'
import { lowCardinality } from '../src/shape/low-cardinality.ts'
import { shapeOf } from '../src/shape/shape.ts'
import { anyStory, shuffledRequests } from './support/arbitrary.ts'
import { order } from './support/shops.ts'
import { batchStory, retryStory } from './support/stories.ts'
import { messaging, request, STORY_START_MS, traceId, type Told } from './support/story.ts'

/** The shape of every flow of the story, by its name. */
async function shapes(requests: readonly (readonly Told[])[]): Promise<Map<string, string>> {
  const engine = await openEngine({ store: memoryStore(), now: () => STORY_START_MS + 1e7 })
  for (const told of requests) await engine.ingest(request(told), 'protobuf')
  const { flows } = await engine.flows({ limit: 500 })
  await engine.close()
  return new Map(flows.map(({ id, shape }) => [id, shape]))
}

async function shapeOfStory(told: readonly Told[], name: string): Promise<string> {
  const shape = (await shapes([told])).get(traceId(name))
  expect(shape).toMatch(/^[0-9a-f]{16}$/)
  return shape!
}

/** The same story with other ids, at another time. */
function retold(told: readonly Told[], suffix: string, later: number): Told[] {
  const renamed = (id: string): string => id.replace('/', `${suffix}/`)
  return told.map((span) => ({
    ...span,
    id: renamed(span.id),
    name: span.name ?? span.id,
    at: (span.at ?? 0) + later,
    ...(span.parent !== undefined && { parent: renamed(span.parent) }),
    links: (span.links ?? []).map((link) =>
      typeof link === 'string' ? renamed(link) : { ...link, to: renamed(link.to) },
    ),
  }))
}

describe('a shape', () => {
  it('depends neither on the order of arrival, nor on what came twice', async () => {
    await hold(
      fc.asyncProperty(
        anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
        async ([told, requests]) => {
          expect(await shapes(requests)).toEqual(await shapes([told]))
        },
      ),
    )
  }, 60_000)

  it('is the same for whatever differs in ids and times alone', async () => {
    const story = anyStory.filter(
      (told) => !told.some((span) => JSON.stringify(span).includes('flowstitch=')),
    )
    await hold(
      fc.asyncProperty(story, fc.nat(100_000), async (told, later) => {
        const one = [...(await shapes([retold(told, '', 0)])).values()].sort()
        const other = [...(await shapes([retold(told, 'x', later)])).values()].sort()
        expect(other).toEqual(one)
      }),
      2,
    )
  }, 60_000)

  it('is the same however often something is tried again', async () => {
    const named = (told: Told[]): Told[] => told.map((span) => ({ ...span, name: span.id.split('/')[1]! }))
    for (const tries of [[false, true], [false, false, true], Array.from({ length: 9 }, () => true)])
      expect(await shapeOfStory(named(retryStory(tries)), 'pay')).toBe(
        await shapeOfStory(named(retryStory([true])), 'pay'),
      )
  })

  it('is the same however many messages a step sends, and however large the batch is', async () => {
    const fanOut = (count: number): Told[] =>
      Array.from({ length: count }, (_, number) =>
        order(`fan${number}`, { at: number }).map((span) =>
          span.id === `fan${number}/send` ? { ...span, id: `fan0/send${number}`, parent: 'fan0/post' } : span,
        ),
      )
        .flat()
        .map((span) => ({
          ...span,
          links: (span.links ?? []).map((link) => (link as string).replace(/fan(\d+)\/send/, 'fan0/send$1')),
        }))
        .filter(({ id }) => !/fan[1-9]\d*\/post/.test(id))
    expect(await shapeOfStory(fanOut(50), 'fan0')).toBe(await shapeOfStory(fanOut(1), 'fan0'))
    const named = (told: Told[]): Told[] =>
      told.map((span) => ({ ...span, name: span.id.replace(/.*\/(\w+).*/, '$1') }))
    const inBatches = await Promise.all(
      [1, 2, 30].map((size) => shapeOfStory(named(batchStory(size)), 'order0')),
    )
    expect(new Set(inBatches).size).toBe(1)
  })

  it('is another one where something else is done, or something more', async () => {
    const stories = [
      order('o', { consumers: ['mail'] }),
      order('o', { consumers: ['mail', 'stock'] }),
      order('o', { consumers: [] }),
      order('o', { consumers: ['mail'] }).map((span) => ({ ...span, service: 'all' })),
      order('o', { consumers: ['mail'] }).map((span) =>
        span.kind === 'server' ? { ...span, name: 'PUT' } : span,
      ),
    ]
    const found = await Promise.all(stories.map((told) => shapeOfStory(told, 'o')))
    expect(new Set(found).size).toBe(stories.length)
  })

  it('leaves out what a service does by itself', async () => {
    const query: Told = { id: 'o/query', parent: 'o/post', kind: 'client', name: 'SELECT orders' }
    const settled: Told = {
      id: 'o-mail/ack',
      parent: 'o-mail/process',
      links: ['o/send'],
      kind: 'client',
      attributes: messaging('settle', 'orders'),
    }
    const told = order('o')
    expect(await shapeOfStory([...told, query, settled], 'o')).toBe(await shapeOfStory(told, 'o'))
  })
})

describe('a name', () => {
  it.each([
    ['GET /users/4711/orders', 'GET /users/#/orders'],
    ['orders.v2', 'orders.v2'],
    ['s3', 's3'],
    ['job-6f1c2a0e-9b1d-4c7e-8a55-0d2f6c1b7e90', 'job-#'],
    ['reply.deadbeef01', 'reply.#'],
    ['amq.gen-JzTY20BRgKO-HjmUJj0wLg', 'amq.gen-#'],
    ['_INBOX.x7Kp.3', '_INBOX.#'],
    ['user12345', 'user#'],
    ['facade', 'facade'],
  ])('%s is %s', (name, expected) => expect(lowCardinality(name)).toBe(expected))
})

describe('what was learned', () => {
  const limits = { perOrigin: 100, flows: 400, parts: 60 }

  const flow = (id: string, origin: string, steps: number, start = 0): LearnedFlow => {
    const kinds = new Map(
      Array.from({ length: steps }, (_, place) => [
        `${place}`.padStart(3, '0'),
        { service: 'shop', kind: 'server', name: `${place}` },
      ]),
    )
    const shape = shapeOf({ key: origin, service: 'shop', name: origin }, kinds, new Map())
    return {
      id,
      start: BigInt(start),
      durationMs: 1,
      stepCount: 1,
      outcome: 'done',
      shape,
      lags: [],
      visits: 1,
    }
  }

  it('is the newest flows of each origin, and no origin crowds out the others', () => {
    const learned = new LearnedFlows(limits)
    for (let number = 0; number < 5; number++) learned.learn(flow(`rare${number}`, 'rare', 1))
    for (let number = 0; number < 10_000; number++)
      learned.learn(flow(`f${number}`, `busy${number % 20}`, 1, number))
    const kept = learned.all()
    expect(kept.length).toBeLessThanOrEqual(limits.flows * 1.25)
    expect(kept.filter(({ id }) => id.startsWith('rare'))).toHaveLength(5)
    const busy = kept.filter(({ id }) => id.startsWith('f'))
    expect(busy.length).toBeGreaterThan(350)
    expect(Math.min(...busy.map(({ start }) => Number(start)))).toBeGreaterThan(9000)
  })

  it('calls the rarest shapes others when there are too many of them', () => {
    const learned = new LearnedFlows(limits)
    for (let number = 0; number < 50; number++) learned.learn(flow(`common${number}`, 'POST', 3))
    for (let number = 0; number < 40; number++) learned.learn(flow(`odd${number}`, 'POST', 4 + number))
    const kept = learned.all()
    expect(kept).toHaveLength(90)
    expect(kept.filter(({ shape }) => shape.steps.length === 3)).toHaveLength(50)
    expect(kept.filter(({ shape }) => shape.id === 'others').length).toBeGreaterThan(20)
    const distinct = new Map(kept.map(({ shape }) => [shape.id, shape.steps.length]))
    expect([...distinct.values()].reduce((sum, steps) => sum + steps, 0)).toBeLessThanOrEqual(limits.parts)
  })

  it('forgets a flow wholly when it is learned again', () => {
    const learned = new LearnedFlows(limits)
    for (let round = 0; round < 1000; round++) learned.learn(flow('one', round % 2 ? 'a' : 'b', 1, round))
    expect(learned.all()).toMatchObject([{ id: 'one', start: 999n, shape: { origin: { key: 'a' } } }])
    learned.forget('one')
    expect(learned.all()).toEqual([])
  })
})
