import { makeLoad } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row } from './row.ts'
import { gzipped, protobufBody, Sender, type Body } from './sender.ts'
import { startServer, type BenchedServer } from './server.ts'

interface Track {
  readonly server: BenchedServer
  readonly sender: Sender
  readonly rates: number[]
  readonly cpu: number[]
}

/** Gzipped OTLP/HTTP into a server that keeps spans in memory, and into one that has them on disk when it answers: in turns. */
export const measureIngestOverHttp: Measurement = ({ full, log }) =>
  withFolder(async (directory) => {
    const [rounds, spans] = full ? [7, 400_000] : [5, 100_000]
    const tracks = await Promise.all([startServer(), startServer(directory)].map(trackOf))
    for (let round = 0; round <= rounds; round++) {
      log(`ingest over HTTP, round ${round} of ${rounds}`)
      const bodies = bodiesOf(round, spans)
      for (const track of tracks) await measureRound(track, bodies, spans, round > 0)
    }
    for (const { server, sender } of tracks) {
      sender.close()
      await server.stop()
    }
    const [memory, durable] = tracks as [Track, Track]
    return [
      row('gzip OTLP/HTTP → stitched, in memory', 'spans/s', memory.rates, { atLeast: 500_000 }),
      row('CPU for a million spans, in memory', 's', memory.cpu),
      row('gzip OTLP/HTTP → stitched, on disk before the answer', 'spans/s', durable.rates, {
        atLeast: 400_000,
      }),
      row('CPU for a million spans, on disk', 's', durable.cpu, { atMost: 2.5 }),
    ]
  })

async function trackOf(starting: Promise<BenchedServer>): Promise<Track> {
  const server = await starting
  return { server, sender: new Sender(`${server.otlpHttp}/v1/traces`), rates: [], cpu: [] }
}

export function bodiesOf(seed: number, spans: number): Body[] {
  return requestsOf(makeLoad(seed, spans).spans).map((bytes) => gzipped(protobufBody(bytes)))
}

/** The first round warms up. */
async function measureRound(
  track: Track,
  bodies: readonly Body[],
  spans: number,
  counts: boolean,
): Promise<void> {
  const { server, sender, rates, cpu } = track
  const before = server.process.cpuSeconds()
  const took = await sender.all(bodies)
  if (!counts) return
  rates.push((spans / took) * 1000)
  cpu.push(((server.process.cpuSeconds() - before) / spans) * 1e6)
}
