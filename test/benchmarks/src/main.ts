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
const middleware = await measureMiddleware(values.only, log)
const memory = await measureMemory(values.only, log)
const ingest = 'ingest'.includes(values.only) ? await measureIngest(log) : []
const extent = { full: values.full, log }
const correlator = await measureCorrelator(values.only, extent)
const accuracy = 'accuracy'.includes(values.only) ? await measureAccuracy(extent) : []
if (values.json) {
  console.log(JSON.stringify({ node: process.version, middleware, memory, ingest, correlator }, undefined, 2))
} else {
  if (middleware.length > 0)
    console.log(`\nCPU of the main thread, a message\n\n${middlewareTable(middleware)}`)
  const allocated = memory.filter(({ measure }) => measure === 'bytes')
  const kept = memory.filter(({ measure }) => measure === 'retained')
  if (allocated.length > 0) console.log(`\nBytes allocated a message\n\n${memoryTable(allocated)}`)
  if (kept.length > 0) console.log(`\nBytes kept a delivery in hand\n\n${memoryTable(kept)}`)
  if (ingest.length > 0) console.log(`\nOTLP in, one process\n\n${ingestTable(ingest)}`)
  if (correlator.length > 0)
    console.log(`\nThe server on one core, who sends and asks on the other\n\n${rowTable(correlator)}`)
  if (accuracy.length > 0)
    console.log(`\nRecall / precision against the load's truth\n\n${accuracyTable(accuracy)}`)
}
