import { makeLoad, makeLoadOf } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { batchOfOneFlow, burstOf } from '../load/stories/bursts.ts'
import type { Story } from '../load/stories/story.ts'
import { Asking, stepCountOf } from './asking.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { row } from './row.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer } from './server.ts'

const MB = 2 ** 20
const LARGE: Readonly<Record<string, Story>> = {
  'a flow of a batch of 10,000 messages': batchOfOneFlow(10_000),
  'a flow of 49,999 steps': burstOf(16_666),
}

/** The largest flows there are, asked for one after the other, and what the server's memory grows to with it. */
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
      const times: number[] = []
      for (let turn = 0; turn < 3; turn++) {
        const began = performance.now()
        const found = stepCountOf(await asking.ask(`/flows/${flows[0]!.id}`))
        times.push(performance.now() - began)
        if (found !== spans.length) throw new Error(`${what} has ${found} steps and not ${spans.length}`)
      }
      rows.push(row(`${what}, whole`, 'ms', times, { atMost: 2000 }))
    }
    rows.push(
      row('resident at most while large flows were asked for', 'MB', [server.process.peakBytes() / MB]),
    )
    asking.close()
    sender.close()
    await server.stop()
    return rows
  })
