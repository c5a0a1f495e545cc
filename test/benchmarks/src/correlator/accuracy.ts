import { embeddedStore, memoryStore, openEngine, type Engine, type Store } from '@flowstitch/correlator'
import { makeLoad, type Load } from '../load/load.ts'
import { disturb, requestsOf, type Disturbance } from '../load/requests.ts'
import { LOAD_END_MS } from '../load/span.ts'
import { DECLARED_KEY } from '../load/teller.ts'
import { answersOf, answersOver } from './answers.ts'
import { withFolder } from './folder.ts'
import type { Extent } from './measurement.ts'
import { scoreOf, type Score, type Scores } from './score.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer } from './server.ts'

/** How right the answers were, for one way of telling the load. */
export interface AccuracyRow {
  readonly what: string
  readonly spans: number
  readonly scores: Scores
}

const SEED = 7
const ROUGH: Disturbance = { duplicated: 0.05, shuffled: true }

/** The load as it is, after a rough journey, with gaps, and through the server; each held against its truth. */
export async function measureAccuracy({ full, log }: Extent): Promise<AccuracyRow[]> {
  const load = makeLoad(SEED, full ? 100_000 : 10_000)
  const rows: AccuracyRow[] = []
  const add = async (what: string, ask: () => Promise<Scores>): Promise<void> => {
    log(`accuracy: ${what}`)
    rows.push({ what, spans: load.spans.length, scores: await ask() })
  }
  await add('in memory', () => inProcess(load, memoryStore(), {}))
  await add('in memory, shuffled, 5 % twice', () => inProcess(load, memoryStore(), ROUGH))
  await add('on disk, shuffled, 5 % twice', () =>
    withFolder(async (directory) =>
      inProcess(load, await embeddedStore({ directory, keys: [DECLARED_KEY] }), ROUGH),
    ),
  )
  await add('over HTTP, on disk', () => withFolder((directory) => overHttp(load, directory)))
  await add('in memory, 2 % of the spans dropped', () => inProcess(load, memoryStore(), { dropped: 0.02 }))
  return rows
}

async function inProcess({ spans, flows }: Load, store: Store, disturbance: Disturbance): Promise<Scores> {
  const engine: Engine = await openEngine({ store, keys: [DECLARED_KEY], now: () => LOAD_END_MS })
  for (const body of requestsOf(disturb(spans, SEED, disturbance))) await engine.ingest(body, 'protobuf')
  const scores = await scoreOf(answersOf(engine), flows)
  await engine.close()
  return scores
}

async function overHttp({ spans, flows }: Load, directory: string): Promise<Scores> {
  const server = await startServer(directory)
  const sender = new Sender(`${server.otlpHttp}/v1/traces`)
  await sender.all(requestsOf(spans).map(protobufBody))
  const scores = await scoreOf(answersOver(server.viewer), flows)
  sender.close()
  await server.stop()
  return scores
}

/** Recall and precision as a table in Markdown. */
export function accuracyTable(rows: readonly AccuracyRow[]): string {
  return [
    '| load | spans | flows | edges | attempts | verdicts | times of segments | sums off by |',
    '|---|---|---|---|---|---|---|---|',
    ...rows.map(({ what, spans, scores: { flows, edges, attempts, verdicts, segments, sumError } }) => {
      const cells = [flows, edges, attempts, verdicts, segments].map(shown)
      return `| ${[what, spans.toLocaleString('en'), ...cells, `${sumError} ns`].join(' | ')} |`
    }),
  ].join('\n')
}

function shown({ recall, precision }: Score): string {
  return `${digits(recall)} / ${digits(precision)}`
}

/** Rounded down: one is one. */
function digits(share: number): string {
  return share === 1 ? '1.0' : (Math.floor(share * 10_000) / 10_000).toFixed(4)
}
