import { makeLoad, makeLoadOf } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { batchOfOneFlow, burstOf } from '../load/stories/bursts.ts'
import type { Story } from '../load/stories/story.ts'
import { Asking } from './asking.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row } from './row.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer } from './server.ts'

const MB = 2 ** 20
const TURNS = 3
const LARGE: Readonly<Record<string, Story>> = {
  'a flow of a batch of 10,000 messages': batchOfOneFlow(10_000),
  'a flow of 49,999 steps': burstOf(16_666),
}

/** The largest flows there are, asked for in pages and whole, and what the server's memory grows to with it. */
export const measureLarge: Measurement = ({ log }) =>
  withFolder(async (directory) => {
    const server = await startServer(directory)
    const sender = new Sender(`${server.otlpHttp}/v1/traces`)
    const asking = new Asking(server.viewer)
    await sender.all(requestsOf(makeLoad(1, 20_000).spans).map(protobufBody))
    const rows = []
    for (const [n, [what, story]] of Object.entries(LARGE).entries()) {
      log(what)
      const { spans, flows } = makeLoadOf(story, n + 2, 1)
      await sender.all(requestsOf(spans).map(protobufBody))
      const { id } = flows[0]!
      const [first, all, whole]: [number[], number[], number[]] = [[], [], []]
      for (let turn = 0; turn < TURNS; turn++) {
        const pages = await asking.timePages(id, spans.length)
        first.push(pages.firstMs)
        all.push(pages.allMs)
        whole.push(...(await asking.timeFlows([id], spans.length)))
      }
      rows.push(row(`${what}, the first page`, 'ms', first))
      rows.push(row(`${what}, all pages`, 'ms', all, { atMost: 2000 }))
      rows.push(row(`${what}, whole`, 'ms', whole))
    }
    rows.push(
      row('resident at most while large flows were asked for', 'MB', [server.process.peakBytes() / MB]),
    )
    asking.close()
    sender.close()
    await server.stop()
    return rows
  })
