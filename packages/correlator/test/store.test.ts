import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEngine, type Engine, type Store } from '../src/index.ts'
import { anyStory, shuffledRequests } from './support/arbitrary.ts'
import { batchStory } from './support/stories.ts'
import { storeKinds, withFolder } from './support/stores.ts'
import { engineWith, request, STORY_START_MS, stepsOf, traceId, type Told } from './support/story.ts'

const now = (): number => STORY_START_MS + 1e7

/** All flows, once everything has been counted that verdicts on lost messages rest on. */
async function allFlows(engine: Engine, told: readonly Told[]): Promise<unknown[]> {
  await engine.destinations()
  const ids = [...new Set(told.map((span) => traceId(span.id.split('/')[0]!)))].sort()
  const flows = await Promise.all(ids.map((id) => engine.flow(id)))
  const { flows: listed } = await engine.flows({ limit: 500 })
  return [flows, listed].map((list) => list.map((flow) => flow && { ...flow, version: 0 }))
}

describe.each(storeKinds)('the $name store', (kind) => {
  const withEngine = (use: (engine: Engine, store: Store) => Promise<void>): Promise<void> =>
    withFolder(async (directory) => {
      const store = await kind.open(directory)
      const engine = await openEngine({ store, now })
      await use(engine, store)
      await engine.close()
    })

  it('finds what it was given', () =>
    withEngine(async (engine) => {
      for (const span of batchStory(20)) await engine.ingest(request([span]), 'protobuf')
      const flow = await engine.flow(traceId('order7'))
      expect(stepsOf(flow)).toHaveLength(6)
      expect(flow?.services).toEqual(['shop', 'worker'])
      expect((await engine.flows({ limit: 500 })).flows).toHaveLength(20)
    }))

  it('counts spans, flows and messages', () =>
    withEngine(async (engine) => {
      await engine.ingest(request(batchStory(5)), 'protobuf')
      const stats = engine.stats()
      expect(stats).toMatchObject({ spans: 22, flows: 5, messages: 5, rejectedSpans: 0 })
      expect(stats.storedBytes).toBeGreaterThan(1000)
    }))

  it('answers the same as any other, in any order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
        ([told, requests]) =>
          withEngine(async (engine) => {
            for (const spans of requests) await engine.ingest(request(spans), 'protobuf')
            expect(await allFlows(engine, told)).toEqual(
              await allFlows(await engineWith(told, { now }), told),
            )
          }),
      ),
      { numRuns: 25 },
    )
  }, 120_000)
})

describe.each(storeKinds.filter((kind) => kind.lasting))('the $name store', (kind) => {
  it('answers the same after restarts in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStory.chain((told) =>
          fc.tuple(fc.constant(told), shuffledRequests(told), fc.integer({ min: 1, max: 4 })),
        ),
        ([told, requests, each]) =>
          withFolder(async (directory) => {
            let engine = await openEngine({ store: await kind.open(directory), now })
            for (const [index, spans] of requests.entries()) {
              await engine.ingest(request(spans), 'protobuf')
              if (index % each !== 0) continue
              await engine.close()
              engine = await openEngine({ store: await kind.open(directory), now })
            }
            expect(await allFlows(engine, told)).toEqual(
              await allFlows(await engineWith(told, { now }), told),
            )
            await engine.close()
          }),
      ),
      { numRuns: 25 },
    )
  })
})
