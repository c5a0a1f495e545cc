import { measureDisk } from './disk.ts'
import { measureIngestOverHttp } from './ingest.ts'
import { measureLarge } from './large.ts'
import { measureLatency } from './latency.ts'
import type { Extent, Measurement } from './measurement.ts'
import { measureHotIndex, measureOpenFlows } from './memory.ts'
import { measureQueries } from './queries.ts'
import { measureRestart } from './restart.ts'
import { rowText, type Row } from './row.ts'
import { exitOnSignals, moveToSenderCore } from './server.ts'

const measurements: Readonly<Record<string, Measurement>> = {
  'server ingest': measureIngestOverHttp,
  disk: measureDisk,
  'server queries': measureQueries,
  'server latency': measureLatency,
  'server large flows': measureLarge,
  'server open flows': measureOpenFlows,
  restart: measureRestart,
  'hot index': measureHotIndex,
}

/** Measures what has the word in its name: the server on one core, and who sends and asks on the other. */
export async function measureCorrelator(only: string, extent: Extent): Promise<Row[]> {
  const wanted = Object.entries(measurements).filter(([name]) => name.includes(only))
  exitOnSignals()
  if (wanted.length > 0) await moveToSenderCore()
  const rows: Row[] = []
  for (const [, measure] of wanted) {
    const measured = await measure(extent)
    for (const one of measured) extent.log(rowText(one))
    rows.push(...measured)
  }
  return rows
}
