import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { embeddedStore, memoryStore, openEngine, type Engine, type Flow } from '../src/index.ts'
import { anyStory, shuffledRequests } from './support/arbitrary.ts'
import { withFolder } from './support/stores.ts'
import { request, STORY_START_MS, traceId, type Told } from './support/story.ts'

/** Set it to some ten thousand for a long run. */
const RUNS = Number(process.env['FLOWSTITCH_PROPERTY_RUNS'] ?? 250)

const settings = { now: () => STORY_START_MS + 1e7, hubLimit: 3 }

async function reopen(directory: string): Promise<Engine> {
  return openEngine({ store: await embeddedStore({ directory, segmentBytes: 3000 }), ...settings })
}

async function tell(
  requests: readonly (readonly Told[])[],
  between: (engine: Engine) => Promise<unknown> = async () => undefined,
): Promise<Engine> {
  const engine = await openEngine({ store: memoryStore(), ...settings })
  for (const told of requests) {
    await engine.ingest(request(told), 'protobuf')
    await between(engine)
  }
  return engine
}

/** Every flow, as it is answered, but for its version, which says when things came; and what all of them come to. */
async function answers(engine: Engine, told: readonly Told[]): Promise<unknown[]> {
  const shapes = await engine.shapes({ limit: 500 })
  const overview = [await engine.destinations(), await engine.topology({})]
  const ids = new Set(told.map((span) => traceId(span.id.split('/')[0]!)))
  const flows: (Flow | undefined)[] = []
  for (const id of [...ids].sort()) flows.push(await engine.flow(id))
  const listed = (await engine.flows({ limit: 500 })).flows
  const all = [flows, listed].map((list) => list.map((flow) => flow && { ...flow, version: 0 }))
  // What causes itself may leave flows without any news of its own, which statistics don't follow.
  return [overview, ...all, ...(flows.some(isCircular) ? [] : [shapes])]
}

function isCircular(flow: Flow | undefined): boolean {
  const open = new Map(flow?.steps.map((step) => [`${step.traceId}/${step.spanId}`, new Set<string>()]))
  for (const { from, to } of flow?.edges ?? [])
    open.get(`${to.traceId}/${to.spanId}`)!.add(`${from.traceId}/${from.spanId}`)
  for (let size = -1; size !== open.size;) {
    size = open.size
    for (const [step, causes] of open) if (![...causes].some((cause) => open.has(cause))) open.delete(step)
  }
  return open.size > 0
}

describe('any order', () => {
  it('of arrival, any duplication and any split into requests give the same flows', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
        async ([told, requests]) => {
          const straight = await tell([told])
          const shuffled = await tell(requests, (engine) => engine.shapes({ limit: 1 }))
          expect(await answers(shuffled, told)).toEqual(await answers(straight, told))
          await straight.close()
          await shuffled.close()
        },
      ),
      { numRuns: RUNS },
    )
  }, 120_000)
})

describe('any restart', () => {
  it('in between, whatever was looked at before, gives the same flows', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told), fc.nat(5))),
        async ([told, requests, at]) => {
          const straight = await tell([told])
          await withFolder(async (directory) => {
            const before = await reopen(directory)
            for (const some of requests.slice(0, at)) {
              await before.ingest(request(some), 'protobuf')
              await answers(before, told)
            }
            await before.close()
            const after = await reopen(directory)
            for (const some of requests.slice(at)) await after.ingest(request(some), 'protobuf')
            expect(await answers(after, told)).toEqual(await answers(straight, told))
            await after.close()
          })
          await straight.close()
        },
      ),
      { numRuns: Math.ceil(RUNS / 10) },
    )
  }, 120_000)
})

describe('any flow', () => {
  it('has every step in at least one flow, and segments that partition its time exactly', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async (told) => {
        const engine = await openEngine({ store: memoryStore(), now: () => STORY_START_MS + 1e7 })
        await engine.ingest(request(told), 'protobuf')
        const found = new Set<string>()
        const listed = (await engine.flows({ limit: 500 })).flows
        for (const { id } of listed) {
          const flow = (await engine.flow(id))!
          for (const step of flow.steps) found.add(`${step.traceId}-${step.spanId}`)
          expectPartition(flow)
        }
        for (const { id } of told)
          for (const { id: flowId } of await engine.flowsOfTrace(traceId(id.split('/')[0]!)))
            for (const step of (await engine.flow(flowId))!.steps) found.add(`${step.traceId}-${step.spanId}`)
        expect(found.size).toBe(new Set(told.map((span) => span.id)).size)
      }),
      { numRuns: RUNS },
    )
  }, 120_000)
})

function expectPartition(flow: Flow): void {
  let at = flow.startTimeUnixNano
  for (const segment of flow.criticalPath) {
    expect(segment.fromUnixNano).toBe(at)
    expect(BigInt(segment.toUnixNano)).toBeGreaterThan(BigInt(segment.fromUnixNano))
    at = segment.toUnixNano
  }
  expect(at).toBe(flow.endTimeUnixNano)
}
