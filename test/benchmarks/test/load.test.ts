import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedStore, memoryStore, openEngine, type Engine, type Store } from '@flowstitch/correlator'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { answersOf } from '../src/correlator/answers.ts'
import { scoreOf, type Scores } from '../src/correlator/score.ts'
import { OTLP_PROTO } from '../src/ingest/otlp.proto.ts'
import { makeLoad, makeLoadOf, type Load } from '../src/load/load.ts'
import { disturb, requestsOf } from '../src/load/requests.ts'
import { LOAD_END_MS, type LoadSpan } from '../src/load/span.ts'
import { stories } from '../src/load/stories/index.ts'
import { DECLARED_KEY } from '../src/load/teller.ts'

const SEED = 20_260_101
const SPANS = 1500
const { 'batch of 500': large, ...small } = stories
const load = makeLoad(SEED, SPANS, small)
const whole = { recall: 1, precision: 1, missing: [], wrong: [] }
const allRight: Scores = {
  flows: whole,
  edges: whole,
  attempts: whole,
  verdicts: whole,
  sumError: 0,
  segments: whole,
}

async function told(spans: readonly LoadSpan[], store: Store, spansARequest?: number): Promise<Engine> {
  const engine = await openEngine({ store, keys: [DECLARED_KEY], now: () => LOAD_END_MS })
  for (const body of requestsOf(spans, spansARequest)) await engine.ingest(body, 'protobuf')
  return engine
}

async function scored(engine: Engine, { flows }: Load = load): Promise<Scores> {
  try {
    return await scoreOf(answersOf(engine), flows)
  } finally {
    await engine.close()
  }
}

async function withFolder(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'flowstitch-load-'))
  try {
    await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

describe('the load', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(requestsOf(makeLoad(SEED, SPANS, small).spans)).toEqual(requestsOf(load.spans))
    expect(makeLoad(SEED + 1, 4000).spans[0]).not.toEqual(load.spans[0])
  })

  it('is OTLP that another decoder reads', () => {
    const reference = protobuf
      .parse(OTLP_PROTO, { keepCase: true })
      .root.lookupType('ExportTraceServiceRequest')
    const decoded = requestsOf(load.spans).flatMap((body) => {
      const request = reference.toObject(reference.decode(body), { longs: String }) as Decoded
      return request.resource_spans.flatMap(({ scope_spans: [scope] }) => scope!.spans)
    })
    expect(decoded).toHaveLength(load.spans.length)
    const byId = new Map(decoded.map((span) => [Buffer.from(span.span_id).toString('hex'), span]))
    for (const span of load.spans) {
      const { name, links = [], attributes = [] } = byId.get(span.spanId)!
      expect([name, links.length, attributes.length]).toEqual([
        span.name,
        span.links.length,
        Object.keys(span.attributes).length,
      ])
    }
  })
})

describe('flows, edges, attempts, verdicts and segments of the load', { timeout: 60_000 }, () => {
  it('are all found, and nothing else', async () => {
    expect(await scored(await told(load.spans, memoryStore()))).toEqual(allRight)
  })

  it('are found of a batch of five hundred too, up to what it did for all of them', async () => {
    const batch = makeLoadOf(large!.story, SEED, 1)
    expect(batch.flows).toHaveLength(500)
    expect(await scored(await told(batch.spans, memoryStore()), batch)).toEqual(allRight)
  })

  it('are the same where spans come shuffled and some of them twice, in small requests, over small segments', async () => {
    const rough = disturb(load.spans, SEED, { duplicated: 0.05, shuffled: true })
    const engine = await told(rough, memoryStore({ segmentBytes: 100_000 }), 20)
    expect(await scored(engine)).toEqual(allRight)
  })

  it('are the same on disk, after a start in between', async () => {
    await withFolder(async (directory) => {
      const open = (): Promise<Store> =>
        embeddedStore({ directory, segmentBytes: 200_000, keys: [DECLARED_KEY] })
      const half = load.spans.length / 2
      await (await told(load.spans.slice(0, half), await open())).close()
      expect(await scored(await told(load.spans.slice(half), await open()))).toEqual(allRight)
    })
  })

  it('are none of them wrong in what is left of a flow where spans were dropped', async () => {
    const left = disturb(load.spans, SEED, { dropped: 0.02 })
    const { flows, sumError } = await scored(await told(left, memoryStore()))
    expect(sumError).toBe(0)
    expect(flows.recall).toBeGreaterThan(0.9)
  })
})

interface Decoded {
  resource_spans: { scope_spans: { spans: DecodedSpan[] }[] }[]
}

interface DecodedSpan {
  span_id: Uint8Array
  name: string
  links?: unknown[]
  attributes?: unknown[]
}
