import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore, openEngine, type Engine, type Message } from '../src/index.ts'
import { Overview } from '../src/query/overview.ts'
import { StoredSpans } from '../src/stitch/stored-spans.ts'
import { DeclaredKeys } from '../src/decode/declared-keys.ts'
import { anyStory, shuffledRequests, shuffledTwice, STORY_KEYS } from './support/arbitrary.ts'
import { Cluster } from './support/cluster.ts'
import { request, STORY_START_MS, traceId, withoutVersions, type Told } from './support/story.ts'

const settings = { now: () => STORY_START_MS + 1e7, hubLimit: 3, keys: STORY_KEYS, keyWindowMs: 1000 }

/** One engine that has been told everything, and the verdicts that rest on all that it knows. */
async function oneEngine(
  requests: readonly Uint8Array[],
): Promise<{ engine: Engine; judge: (message: Message) => void; close: () => Promise<void> }> {
  const store = memoryStore()
  const engine = await openEngine({ store, ...settings })
  for (const body of requests) await engine.ingest(body, 'protobuf')
  await engine.destinations()
  const join = { declared: new DeclaredKeys(STORY_KEYS), windowMs: settings.keyWindowMs }
  const overview = new Overview(
    store,
    () => new StoredSpans(store, join),
    () => undefined,
    {
      now: settings.now,
      lossGraceMs: 60_000,
      reportBudgetMs: 60_000,
    },
  )
  await overview.destinations()
  const close = async (): Promise<void> => {
    overview.close()
    await engine.close()
  }
  return { engine, judge: (message) => overview.judge(message), close }
}

/** Everything that a worker answers, but for the versions, which say when things came. */
async function answers(
  from: Pick<Engine, 'flow' | 'flowsOfTrace' | 'messages'>,
  told: readonly Told[],
): Promise<string> {
  const ids = [...new Set(told.map((span) => traceId(span.id.split('/')[0]!)))].sort()
  const all: unknown[] = []
  for (const id of [...ids, traceId('t8')]) all.push(await from.flow(id), await from.flowsOfTrace(id))
  for (const id of ['m1', 'm2']) all.push(await from.messages({ id }))
  for (const at of [0, 1, 2]) all.push(await from.messages({ coordinate: `kafka/q/0/${at}` }))
  return withoutVersions(all)
}

describe('several workers', () => {
  it.each([2, 3])(
    '%i of them: each answers the same flows as one engine, whatever comes when',
    async (partitions) => {
      await hold(
        fc.asyncProperty(
          anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
          fc.gen(),
          async ([told, requests], any) => {
            const bodies = requests.map(request)
            const { engine, judge, close } = await oneEngine(bodies)
            const cluster = new Cluster(partitions, memoryStore, { ...settings, judge })
            for (const body of bodies) {
              await cluster.take(body)
              for (const delivery of any(() => fc.subarray(cluster.waiting))) await cluster.deliver(delivery)
            }
            for (const delivery of any(() => shuffledTwice(cluster.waiting))) await cluster.deliver(delivery)
            const expected = await answers(engine, told)
            for (const worker of cluster.workers) expect(await answers(worker, told)).toBe(expected)
            await cluster.close()
            await close()
          },
        ),
      )
    },
    PATIENCE,
  )
})
