import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeLoadOf } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { open } from '../load/stories/bursts.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row, type Row } from './row.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer } from './server.ts'

const HOT_INDEX = fileURLToPath(new URL('hot-index.ts', import.meta.url))
const PART = 50_000
const MB = 2 ** 20

/** What the newest segment's index holds a span, were all of them in it. */
export const measureHotIndex: Measurement = async ({ full, log }) => {
  const spans = full ? 5_000_000 : 300_000
  const rows: Row[] = []
  for (const [load, name] of Object.entries({ plain: 'eleven attributes', mix: 'the mix' })) {
    log(`hot index: ${spans} spans, ${name}`)
    const args = [
      '--conditions=@flowstitch/source',
      '--no-warnings',
      '--expose-gc',
      HOT_INDEX,
      String(spans),
      load,
    ]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const what = `hot index for a span: ${name}, ${(spans / 1e6).toFixed(1)} M spans`
    rows.push(row(what, 'bytes', [Number(stdout)], { atMost: 40 }))
  }
  return rows
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
