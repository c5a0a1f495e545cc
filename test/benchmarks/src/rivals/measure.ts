import { join } from 'node:path'
import { withFolder } from '../correlator/folder.ts'
import type { Extent } from '../correlator/measurement.ts'
import { Sender } from '../correlator/sender.ts'
import { exitOnSignals, moveToSenderCore } from '../correlator/server.ts'
import { makeLoad, makeLoadOf } from '../load/load.ts'
import type { LoadSpan } from '../load/span.ts'
import { fanOut } from '../load/stories/fan-out.ts'
import type { FlowTruth } from '../load/truth.ts'
import { summarise, type Summary } from '../statistics.ts'
import { startJaeger } from './jaeger.ts'
import { obtainJaeger, obtainZipkin } from './obtain.ts'
import { startOurs } from './ours.ts'
import { Asked, type Rival } from './rival.ts'
import { startZipkin } from './zipkin.ts'

/** One server, and what the same spans and the same question cost it. */
export interface RivalRow {
  readonly name: string
  /** Stored, not merely acknowledged, a second. */
  readonly rate: Summary
  /** Seconds for a million spans. */
  readonly cpu: Summary
  readonly peakBytes: number
  readonly question: Question
}

/** "Everything that this request caused", through links: what the answers came to, in the middle. */
interface Question {
  readonly recall: number
  readonly precision: number
  readonly requests: number
  readonly bytes: number
  readonly ms: number
}

const SPANS_A_REQUEST = 512
const PATIENCE_MS = 120_000

interface Track {
  readonly rival: Rival
  readonly rates: number[]
  readonly cpu: number[]
}

/** The same spans in turns through Flowstitch, Jaeger and Zipkin, and the same question afterwards. */
export async function measureRivals({ full, log }: Extent): Promise<RivalRow[]> {
  exitOnSignals()
  const [jaeger, zipkin] = [await obtainJaeger(log), await obtainZipkin(log)]
  await moveToSenderCore()
  const [rounds, spans] = full ? [5, 200_000] : [3, 40_000]
  return withFolder(async (directory) => {
    const rivals = [
      await startOurs(),
      await startOurs(join(directory, 'flowstitch')),
      await startJaeger(jaeger, directory, 'memory'),
      await startJaeger(jaeger, directory, 'badger'),
      await startZipkin(zipkin),
    ]
    const tracks = rivals.map((rival): Track => ({ rival, rates: [], cpu: [] }))
    const asked = makeLoadOf(fanOut, 1, 200)
    for (const rival of rivals) await take(rival, asked.spans)
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      log(`rivals, round ${round} of ${rounds}`)
      const load = makeLoad(2 + round, spans).spans
      for (const track of tracks) await measureRound(track, load, round > 0)
    }
    const rows: RivalRow[] = []
    for (const track of tracks) {
      log(`rivals, asking ${track.rival.name}`)
      rows.push(await rowOf(track, asked.flows))
      await track.rival.stop()
    }
    return rows
  })
}

async function measureRound(
  { rival, rates, cpu }: Track,
  spans: readonly LoadSpan[],
  counts: boolean,
): Promise<void> {
  const before = rival.process.cpuSeconds()
  const seconds = await take(rival, spans)
  if (!counts) return
  rates.push(spans.length / seconds)
  cpu.push(((rival.process.cpuSeconds() - before) / spans.length) * 1e6)
}

async function rowOf({ rival, rates, cpu }: Track, flows: readonly FlowTruth[]): Promise<RivalRow> {
  const peakBytes = rival.process.peakBytes()
  const question = await ask(rival, flows)
  return { name: rival.name, rate: summarise(rates), cpu: summarise(cpu), peakBytes, question }
}

/** Seconds until it says that all of them are stored. */
async function take(rival: Rival, spans: readonly LoadSpan[]): Promise<number> {
  const bodies = [...byService(spans)].flatMap(([service, own]) =>
    Array.from({ length: Math.ceil(own.length / SPANS_A_REQUEST) }, (_, n) =>
      rival.body(service, own.slice(n * SPANS_A_REQUEST, (n + 1) * SPANS_A_REQUEST)),
    ),
  )
  const wanted = (await rival.stored()) + spans.length
  const sender = new Sender(rival.url)
  const began = performance.now()
  await sender.all(bodies)
  while ((await rival.stored()) < wanted) {
    if (performance.now() - began > PATIENCE_MS) throw new Error(`${rival.name} has not stored all spans`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  sender.close()
  return (performance.now() - began) / 1000
}

function byService(spans: readonly LoadSpan[]): Map<string, LoadSpan[]> {
  return Map.groupBy(spans, ({ service }) => service)
}

async function ask(rival: Rival, flows: readonly FlowTruth[]): Promise<Question> {
  const results: Question[] = []
  for (const { id, steps } of flows.slice(0, 3)) {
    const asked = new Asked()
    const began = performance.now()
    const found = await rival.causedBy(id, asked)
    const ms = performance.now() - began
    const truth = new Set([...steps.values()].map(({ spanId }) => spanId))
    const right = truth.intersection(found).size
    results.push({
      recall: right / truth.size,
      precision: right / found.size,
      ms,
      requests: asked.requests,
      bytes: asked.bytes,
    })
  }
  const middle = (of: (result: Question) => number): number => summarise(results.map(of)).median
  return {
    recall: middle(({ recall }) => recall),
    precision: middle(({ precision }) => precision),
    requests: middle(({ requests }) => requests),
    bytes: middle(({ bytes }) => bytes),
    ms: middle(({ ms }) => ms),
  }
}

/** The rows as a table in Markdown. */
export function rivalTable(rows: readonly RivalRow[]): string {
  return [
    '| server | stored spans/s | CPU s a million spans | peak RSS MB | recall / precision | requests | kB read | ms |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(({ name, rate, cpu, peakBytes, question }) => {
      const { recall, precision, requests, bytes, ms } = question
      const numbers = [Math.round(rate.median), cpu.median.toFixed(1), Math.round(peakBytes / 2 ** 20)]
      const answer = [
        `${recall.toFixed(2)} / ${precision.toFixed(2)}`,
        requests,
        Math.round(bytes / 1000),
        ms.toFixed(1),
      ]
      return `| ${[name, ...numbers, ...answer].join(' | ')} |`
    }),
  ].join('\n')
}
