import { measureIngestOverHttp } from './ingest.ts'
import type { Extent, Measurement } from './measurement.ts'
import type { Row } from './row.ts'
import { moveToSenderCore } from './server.ts'

const measurements: Readonly<Record<string, Measurement>> = {
  'server ingest': measureIngestOverHttp,
}

/** Measures what has the word in its name: the server on one core, and who sends and asks on the other. */
export async function measureCorrelator(only: string, extent: Extent): Promise<Row[]> {
  const wanted = Object.entries(measurements).filter(([name]) => name.includes(only))
  if (wanted.length > 0) await moveToSenderCore()
  const rows: Row[] = []
  for (const [, measure] of wanted) rows.push(...(await measure(extent)))
  return rows
}
