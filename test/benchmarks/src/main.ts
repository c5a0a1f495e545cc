import { parseArgs } from 'node:util'
import { measureIngest } from './ingest/measure.ts'
import { measureMemory } from './memory.ts'
import { measureMiddleware } from './middleware.ts'
import { ingestTable, memoryTable, middlewareTable } from './table.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
})
const log = (line: string): void => console.error(line)
const middleware = await measureMiddleware(values.only, log)
const memory = await measureMemory(values.only, log)
const ingest = 'ingest'.includes(values.only) ? await measureIngest(log) : []
if (values.json) {
  console.log(JSON.stringify({ node: process.version, middleware, memory, ingest }, undefined, 2))
} else {
  if (middleware.length > 0)
    console.log(`\nCPU of the main thread, a message\n\n${middlewareTable(middleware)}`)
  const allocated = memory.filter(({ measure }) => measure === 'bytes')
  const kept = memory.filter(({ measure }) => measure === 'retained')
  if (allocated.length > 0) console.log(`\nBytes allocated a message\n\n${memoryTable(allocated)}`)
  if (kept.length > 0) console.log(`\nBytes kept a delivery in hand\n\n${memoryTable(kept)}`)
  if (ingest.length > 0) console.log(`\nOTLP in, one process\n\n${ingestTable(ingest)}`)
}
