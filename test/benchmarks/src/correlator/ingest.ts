import { makeRequests } from '../ingest/load.ts'
import { makeLoad } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { answersOver } from './answers.ts'
import { withFolder } from './folder.ts'
import type { Extent, Measurement } from './measurement.ts'
import { row, type Row } from './row.ts'
import { gzipped, protobufBody, Sender, type Body } from './sender.ts'
import { startServer, type BenchedServer } from './server.ts'

type MakeBodies = (seed: number, spans: number) => Body[]

interface Track {
  readonly server: BenchedServer
  readonly sender: Sender
  readonly rounds: Round[]
}

interface Round {
  readonly rate: number
  readonly cpu: number
}

/** A round of one server. The first ones are of a process that has just started, and stand apart. */
const SPANS = 100_000
const WARM_UP_ROUNDS = 4

/**
 * Gzipped OTLP/HTTP into a server that keeps spans in memory, and into one that has them on disk when it answers: in
 * turns, each stopped while it is not its own. What is sent was made and compressed before.
 */
export const measureIngestOverHttp: Measurement = async (extent) => [
  ...(await measureLoad('the mix', bodiesOf, extent)),
  ...(await measureLoad('eleven attributes', plainBodiesOf, extent)),
]

function measureLoad(load: string, make: MakeBodies, { full, log }: Extent): Promise<Row[]> {
  return withFolder(async (directory) => {
    const rounds = WARM_UP_ROUNDS + (full ? 15 : 5)
    const tracks = await Promise.all([startServer(), startServer(directory)].map(trackOf))
    for (let round = 0; round < rounds; round++) {
      log(`ingest over HTTP, ${load}, round ${round + 1} of ${rounds}`)
      const bodies = make(round, SPANS)
      for (const track of tracks) await measureRound(track, bodies)
    }
    for (const track of tracks) await stopTrack(track)
    const [memory, durable] = tracks as [Track, Track]
    log(`counting, ${load}`)
    return [
      ...rowsOf(`${load}, in memory`, memory, { atLeast: 500_000 }),
      ...rowsOf(`${load}, on disk before the answer`, durable, { atLeast: 400_000 }, { atMost: 2.5 }),
      row(`CPU to count a million spans in the background: ${load}`, 's', [await secondsToCount(make)]),
    ]
  })
}

function rowsOf(what: string, { rounds }: Track, rate: Row['goal'], cpu?: Row['goal']): Row[] {
  const warm = rounds.slice(WARM_UP_ROUNDS)
  const cold = rounds.slice(0, 1)
  const rates = warm.map((round) => round.rate)
  const seconds = warm.map((round) => round.cpu)
  return [
    row(`gzip OTLP/HTTP → stitched: ${what}`, 'spans/s', rates, rate),
    row(`CPU for a million spans: ${what}`, 's', seconds, cpu),
    row(`the first 100,000 spans of a process: ${what}`, 'spans/s', [cold[0]!.rate]),
    row(`CPU for a million of the first: ${what}`, 's', [cold[0]!.cpu]),
  ]
}

async function trackOf(starting: Promise<BenchedServer>): Promise<Track> {
  const server = await starting
  server.pause()
  return { server, sender: new Sender(`${server.otlpHttp}/v1/traces`), rounds: [] }
}

async function stopTrack({ server, sender }: Track): Promise<void> {
  server.resume()
  sender.close()
  await server.stop()
}

/** The mix of stories. */
export function bodiesOf(seed: number, spans: number): Body[] {
  return requestsOf(makeLoad(seed, spans).spans).map((bytes) => gzipped(protobufBody(bytes)))
}

function plainBodiesOf(_seed: number, spans: number): Body[] {
  return makeRequests(spans).map((bytes) => gzipped(protobufBody(bytes)))
}

async function measureRound({ server, sender, rounds }: Track, bodies: readonly Body[]): Promise<void> {
  server.resume()
  const before = server.process.cpuSeconds()
  const took = await sender.all(bodies)
  const seconds = server.process.cpuSeconds() - before
  server.pause()
  rounds.push({ rate: (SPANS / took) * 1000, cpu: (seconds / SPANS) * 1e6 })
}

/** What the background has left to do once nobody sends any more. */
async function secondsToCount(make: MakeBodies): Promise<number> {
  const track = await trackOf(startServer())
  const { server } = track
  await measureRound(track, make(0, SPANS))
  server.resume()
  const before = server.process.cpuSeconds()
  await answersOver(server.viewer).destinations()
  const seconds = server.process.cpuSeconds() - before
  await stopTrack(track)
  return (seconds / SPANS) * 1e6
}
