import { parseArgs } from 'node:util'
import { accuracyTable, measureAccuracy } from './correlator/accuracy.ts'
import { measureCorrelator } from './correlator/index.ts'
import { rowTable } from './correlator/row.ts'
import { measureIngest } from './ingest/measure.ts'
import { measureMemory } from './memory.ts'
import { measureMiddleware } from './middleware.ts'
import { measureRivals, rivalTable } from './rivals/measure.ts'
import { ingestTable, memoryTable, middlewareTable } from './table.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
    rivals: { type: 'boolean', default: false },
  },
})
const log = (line: string): void => console.error(line)
if (values.rivals) {
  const rows = await measureRivals({ full: values.full, log })
  console.log(values.json ? JSON.stringify(rows, undefined, 2) : rivalTable(rows))
  process.exit()
}
/** At once: what comes after may take long. */
const print = (title: string, rows: readonly unknown[], table: () => string): void => {
  if (!values.json && rows.length > 0) console.log(`\n${title}\n\n${table()}`)
}

const middleware = await measureMiddleware(values.only, log)
print('CPU of the main thread, a message', middleware, () => middlewareTable(middleware))
const memory = await measureMemory(values.only, log)
const allocated = memory.filter(({ measure }) => measure === 'bytes')
const kept = memory.filter(({ measure }) => measure === 'retained')
print('Bytes allocated a message', allocated, () => memoryTable(allocated))
print('Bytes kept a delivery in hand', kept, () => memoryTable(kept))
const ingest = 'ingest'.includes(values.only) ? await measureIngest(log) : []
print('OTLP in, one process', ingest, () => ingestTable(ingest))
const extent = { full: values.full, log }
const correlator = await measureCorrelator(values.only, extent)
print('The server on one core, who sends and asks on the other', correlator, () => rowTable(correlator))
const accuracy = 'accuracy'.includes(values.only) ? await measureAccuracy(extent) : []
print("Recall / precision against the load's truth", accuracy, () => accuracyTable(accuracy))
if (values.json)
  console.log(JSON.stringify({ node: process.version, middleware, memory, ingest, correlator }, undefined, 2))
