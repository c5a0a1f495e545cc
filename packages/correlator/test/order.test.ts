import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  embeddedStore,
  memoryStore,
  openEngine,
  type Engine,
  type Evidence,
  type Flow,
} from '../src/index.ts'
import { anyStory, shuffledRequests, STORY_KEYS } from './support/arbitrary.ts'
import { withCopy } from './support/folders.ts'
import { withFolder } from './support/stores.ts'
import { request, spanId, STORY_START_MS, traceId, withoutVersions, type Told } from './support/story.ts'

const settings = {
  now: () => STORY_START_MS + 1e7,
  // However busy the machine is: what is asked is whether the answers are right, not whether they come in time.
  listBudgetMs: 1e9,
  reportBudgetMs: 1e9,
  hubLimit: 3,
  keys: STORY_KEYS,
  keyWindowMs: 1000,
}

async function reopen(directory: string): Promise<Engine> {
  return openEngine({
    store: await embeddedStore({ directory, segmentBytes: 3000, keys: STORY_KEYS }),
    ...settings,
  })
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

const BY_KEY: ReadonlySet<Evidence> = new Set(['coordinate', 'message-id', 'key'])

/** Every flow, as it is answered, but for its version, which says when things came; and what all of them come to. */
async function answers(engine: Engine, told: readonly Told[]): Promise<string> {
  const shapes = await engine.shapes({ limit: 500 })
  const overview = [await engine.destinations(), await engine.topology({})]
  const ids = new Set(told.map((span) => traceId(span.id.split('/')[0]!)))
  const flows: (Flow | undefined)[] = []
  for (const id of [...ids].sort()) flows.push(await engine.flow(id))
  const listed = (await engine.flows({ limit: 500 })).flows
  // What causes itself may leave flows without any news of its own, which statistics don't follow.
  return withoutVersions([overview, flows, listed, ...(flows.some(isCircular) ? [] : [shapes])])
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
  it(
    'of arrival, any duplication and any split into requests give the same flows',
    async () => {
      await hold(
        fc.asyncProperty(
          anyStory.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
          async ([told, requests]) => {
            const straight = await tell([told])
            const shuffled = await tell(requests, (engine) => engine.shapes({ limit: 1 }))
            expect(await answers(shuffled, told)).toBe(await answers(straight, told))
            await straight.close()
            await shuffled.close()
          },
        ),
      )
    },
    PATIENCE,
  )
})

describe('any restart', () => {
  it(
    'in between, whatever was looked at before, gives the same flows',
    async () => {
      await hold(
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
              expect(await answers(after, told)).toBe(await answers(straight, told))
              await after.close()
            })
            await straight.close()
          },
        ),
        10,
      )
    },
    PATIENCE,
  )
})

describe('any crash', () => {
  it(
    'after which spans come again, whatever was saved before, gives the same flows',
    async () => {
      await hold(
        fc.asyncProperty(
          anyStory.chain((told) =>
            fc.tuple(fc.constant(told), shuffledRequests(told), fc.nat(5), fc.nat(5), fc.boolean()),
          ),
          async ([told, requests, at, more, looks]) => {
            const straight = await tell([told])
            await withFolder(async (directory) => {
              const before = await reopen(directory)
              for (const some of requests.slice(0, at)) await before.ingest(request(some), 'protobuf')
              if (looks) await answers(before, told)
              await before.close()
              const killed = await reopen(directory)
              for (const some of requests.slice(at, at + more)) await killed.ingest(request(some), 'protobuf')
              await withCopy(directory, async (left) => {
                const after = await reopen(left)
                for (const some of requests.slice(at + more)) await after.ingest(request(some), 'protobuf')
                expect(await answers(after, told)).toBe(await answers(straight, told))
                await after.close()
              })
              await killed.close()
            })
            await straight.close()
          },
        ),
        10,
      )
    },
    PATIENCE,
  )
})

describe('any flow', () => {
  it(
    'has every step in at least one flow, and segments that partition its time exactly',
    async () => {
      await hold(
        fc.asyncProperty(anyStory, async (told) => {
          const engine = await openEngine({ store: memoryStore(), now: settings.now, listBudgetMs: 1e9 })
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
              for (const step of (await engine.flow(flowId))!.steps)
                found.add(`${step.traceId}-${step.spanId}`)
          expect(found.size).toBe(new Set(told.map((span) => span.id)).size)
        }),
      )
    },
    PATIENCE,
  )

  it(
    'joins by what a message has in common with its sender only where no context says better',
    async () => {
      await hold(
        fc.asyncProperty(anyStory, async (told) => {
          const engine = await tell([told])
          const once = new Map(told.map((span) => [spanId(span.id), span]))
          const again = new Set(
            told.filter((span) => once.get(spanId(span.id)) !== span).map(({ id }) => spanId(id)),
          )
          for (const { id } of (await engine.flows({ limit: 500 })).flows)
            for (const { evidence, to } of (await engine.flow(id))!.edges) {
              if (again.has(to.spanId) || !BY_KEY.has(evidence)) continue
              const span = once.get(to.spanId)!
              // What links to itself says nothing about what caused it.
              const links = (span.links ?? []).filter(
                (link) => (typeof link === 'string' ? link : link.to) !== span.id,
              )
              expect([span.parent, links]).toEqual([undefined, []])
            }
          await engine.close()
        }),
      )
    },
    PATIENCE,
  )
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
