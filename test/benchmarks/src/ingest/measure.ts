import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { embeddedStore, memoryStore, openEngine, type Engine } from '@flowstitch/correlator'
import protobuf from 'protobufjs'
import { Scanner } from '../../../../packages/correlator/src/decode/scan.ts'
import { summarise, type Summary } from '../statistics.ts'
import { makeRequests } from './load.ts'
import { OTLP_PROTO } from './otlp.proto.ts'

/** How many spans a second one core takes. */
export interface IngestRow {
  readonly what: string
  readonly spansPerSecond: Summary
}

const SPANS = 51_200
const ROUNDS = 7

/** Measures decoding, ours beside protobufjs, and ingest into both stores: in turns, round by round. */
export async function measureIngest(log: (line: string) => void): Promise<IngestRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flowstitch-bench-'))
  const memory = await openEngine({ store: memoryStore() })
  const durable = await openEngine({ store: await embeddedStore({ directory: folder }) })
  const tracks = tracksOf(memory, durable)
  const rates = tracks.map((): number[] => [])
  for (let round = 0; round <= ROUNDS; round++) {
    log(`ingest, round ${round} of ${ROUNDS}`)
    for (const [index, { run }] of tracks.entries()) {
      const requests = makeRequests(SPANS)
      const bodies = requests.map((body) => ({ body, gzip: gzipSync(body) }))
      const began = performance.now()
      await run(bodies)
      // The first round warms up.
      if (round > 0) rates[index]?.push((SPANS / (performance.now() - began)) * 1000)
    }
  }
  await memory.close()
  await durable.close()
  rmSync(folder, { recursive: true })
  return tracks.map(({ what }, index) => ({ what, spansPerSecond: summarise(rates[index] ?? []) }))
}

interface Track {
  readonly what: string
  run(bodies: readonly { body: Uint8Array; gzip: Uint8Array }[]): Promise<void> | void
}

function tracksOf(memory: Engine, durable: Engine): Track[] {
  const reference = protobuf.parse(OTLP_PROTO).root.lookupType('ExportTraceServiceRequest')
  const scanner = new Scanner()
  return [
    {
      what: 'protobufjs: decode',
      run: (bodies) => bodies.forEach(({ body }) => void reference.decode(body)),
    },
    {
      what: 'flowstitch: decode and scan',
      run: (bodies) => bodies.forEach(({ body }) => void scanner.scan(body)),
    },
    {
      what: 'flowstitch: ingest, memory store',
      run: async (bodies) =>
        void (await Promise.all(bodies.map(({ body }) => memory.ingest(body, 'protobuf')))),
    },
    {
      what: 'flowstitch: gunzip and ingest, memory store',
      async run(bodies) {
        await Promise.all(bodies.map(({ gzip }) => memory.ingest(gunzipSync(gzip), 'protobuf')))
      },
    },
    {
      what: 'flowstitch: gunzip and ingest, on disk before the answer',
      async run(bodies) {
        await Promise.all(bodies.map(({ gzip }) => durable.ingest(gunzipSync(gzip), 'protobuf')))
      },
    },
  ]
}
