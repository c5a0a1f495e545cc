import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Scanner } from '../../../../packages/correlator/src/decode/scan.ts'
import { HotIndex } from '../../../../packages/correlator/src/store/hot-index.ts'
import { makeLoad, makeLoadOf } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { open } from '../load/stories/bursts.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row } from './row.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer } from './server.ts'

const PART = 50_000
const MB = 2 ** 20

/** What the newest segment's index holds a span, were all of them in it. */
export const measureHotIndex: Measurement = ({ full, log }) => {
  const spans = full ? 5_000_000 : 300_000
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const scanner = new Scanner()
  scanner.scan(requestsOf(makeLoad(1, PART).spans)[0]!)
  const before = used()
  const index = new HotIndex()
  let base = 0
  for (let part = 0; index.spans < spans; part++) {
    if (part % 10 === 0) log(`hot index, ${index.spans} of ${spans} spans`)
    for (const body of requestsOf(makeLoad(part, PART).spans)) {
      index.add(scanner.scan(body), base)
      base += body.length
    }
  }
  const bytes = (used() - before) / index.spans
  const what = `hot index for a span, at ${(index.spans / 1e6).toFixed(1)} M spans`
  return Promise.resolve([row(what, 'bytes', [bytes], { atMost: 40 })])
}

/** Flows whose message nobody has got. */
export const measureOpenFlows: Measurement = ({ full, log }) =>
  withFolder(async (directory) => {
    const flows = full ? 1_000_000 : 100_000
    const server = await startServer(directory)
    const sender = new Sender(`${server.otlpHttp}/v1/traces`)
    for (let sent = 0; sent < flows; sent += PART) {
      log(`open flows, ${sent} of ${flows}`)
      await sender.all(requestsOf(makeLoadOf(open, sent, 2 * PART).spans).map(protobufBody))
    }
    const megabytes = server.process.residentBytes() / MB
    sender.close()
    await server.stop()
    return [
      row(`resident with ${flows.toLocaleString('en')} open flows`, 'MB', [megabytes], { atMost: 1024 }),
    ]
  })
