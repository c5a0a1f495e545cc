import { setTimeout } from 'node:timers/promises'
import { Scanner } from '../../../../packages/correlator/src/decode/scan.ts'
import { HotIndex } from '../../../../packages/correlator/src/store/hot-index.ts'
import { makeRequests } from '../ingest/load.ts'
import { makeLoad } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'

// A process of its own, as what others let go of meanwhile would count: prints the bytes that the index holds a span.
// Arguments: how many spans, and which.
const PART = 50_000
const [, , wanted = '', load] = process.argv
const requests = (part: number): Uint8Array[] =>
  load === 'mix' ? requestsOf(makeLoad(part, PART).spans) : makeRequests(PART)

/** Buffers are given back a while after they have been collected. */
async function used(): Promise<number> {
  for (let time = 0; time < 3; time++) {
    globalThis.gc!()
    await setTimeout(100)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const scanner = new Scanner()
for (const body of requests(0)) scanner.scan(body)
const before = await used()
const index = new HotIndex()
let base = 0
for (let part = 0; index.spans < Number(wanted); part++)
  for (const body of requests(part)) {
    index.add(scanner.scan(body), base)
    base += body.length
  }
console.log(((await used()) - before) / index.spans)
