import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openEngine, type Engine, type Store } from '../src/index.ts'
import { anyStory, shuffledRequests, STORY_KEYS } from './support/arbitrary.ts'
import { batchStory } from './support/stories.ts'
import { storeKinds, withFolder } from './support/stores.ts'
import {
  engineWith,
  request,
  STORY_START_MS,
  stepsOf,
  traceId,
  withoutVersions,
  type Told,
} from './support/story.ts'

const settings = { now: () => STORY_START_MS + 1e7, listBudgetMs: 60_000, keys: STORY_KEYS }

/** All flows, once everything has been counted that verdicts on lost messages rest on. */
async function allFlows(engine: Engine, told: readonly Told[]): Promise<string> {
  await engine.destinations()
  const ids = [...new Set(told.map((span) => traceId(span.id.split('/')[0]!)))].sort()
  const flows = await Promise.all(ids.map((id) => engine.flow(id)))
  const { flows: listed } = await engine.flows({ limit: 500 })
  return withoutVersions([flows, listed])
}

describe.each(storeKinds)('the $name store', (kind) => {
  const withEngine = (use: (engine: Engine, store: Store) => Promise<void>): Promise<void> =>
    withFolder(async (directory) => {
      const store = await kind.open(directory)
      const engine = await openEngine({ store, ...settings })
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

  it('keeps none of the bytes that it was handed', () =>
    withEngine(async (engine) => {
      const body = request(batchStory(20))
      await engine.ingest(body, 'protobuf')
      body.fill(0)
      expect(stepsOf(await engine.flow(traceId('order7')))).toHaveLength(6)
    }))

  it('counts spans, flows and messages', () =>
    withEngine(async (engine) => {
      await engine.ingest(request(batchStory(5)), 'protobuf')
      const stats = engine.stats()
      expect(stats).toMatchObject({ spans: 22, flows: 5, messages: 5, rejectedSpans: 0 })
      expect(stats.storedBytes).toBeGreaterThan(1000)
    }))

  it(
    'answers the same as any other, in any order of arrival',
    async () => {
      await hold(
        fc.asyncProperty(
          anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
          ([told, requests]) =>
            withEngine(async (engine) => {
              for (const spans of requests) await engine.ingest(request(spans), 'protobuf')
              expect(await allFlows(engine, told)).toBe(
                await allFlows(await engineWith(told, settings), told),
              )
            }),
        ),
        4,
      )
    },
    PATIENCE,
  )
})

describe.each(storeKinds.filter((kind) => kind.lasting))('the $name store', (kind) => {
  it(
    'answers the same after restarts in between',
    async () => {
      await hold(
        fc.asyncProperty(
          anyStory.chain((told) =>
            fc.tuple(fc.constant(told), shuffledRequests(told), fc.integer({ min: 1, max: 4 })),
          ),
          ([told, requests, each]) =>
            withFolder(async (directory) => {
              let engine = await openEngine({ store: await kind.open(directory), ...settings })
              for (const [index, spans] of requests.entries()) {
                await engine.ingest(request(spans), 'protobuf')
                if (index % each !== 0) continue
                await engine.close()
                engine = await openEngine({ store: await kind.open(directory), ...settings })
              }
              expect(await allFlows(engine, told)).toBe(
                await allFlows(await engineWith(told, settings), told),
              )
              await engine.close()
            }),
        ),
        4,
      )
    },
    PATIENCE,
  )
})
