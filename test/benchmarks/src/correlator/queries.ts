import { makeLoad, makeLoadOf, type Load } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { chainOf } from '../load/stories/chain.ts'
import { Asking } from './asking.ts'
import { withFolder } from './folder.ts'
import type { Measurement } from './measurement.ts'
import { percentile, row, type Goal, type Row } from './row.ts'
import { protobufBody, Sender } from './sender.ts'
import { startServer, type BenchedServer } from './server.ts'

const SHORT = { hops: 3, steps: 10, flows: 300 }
const LONG = { hops: 333, steps: 1000, flows: 60 }
/** Asked for before anything is timed: a server that has run for a while has its code compiled. */
const WARM = { short: 200, long: 30 }

/** Flows by id while they are new, after a restart, and with ten times as many spans beside them. */
export const measureQueries: Measurement = ({ full, log }) =>
  withFolder(async (directory) => {
    const base = full ? 300_000 : 20_000
    const short = makeLoadOf(chainOf(SHORT.hops), 1, SHORT.flows * SHORT.steps)
    const long = makeLoadOf(chainOf(LONG.hops), 2, LONG.flows * LONG.steps)
    const hot = await startServer(directory)
    await send(hot, short)
    await send(hot, long)
    await send(hot, makeLoad(3, base))
    await warm(hot)
    log(`flows by id, hot, ${base} spans beside them`)
    const once = `${base / 1000} k spans`
    const rows = [
      ...(await timed(hot, `10 steps by id, hot, ${once}`, short, SHORT.steps, { atMost: 3 })),
      ...(await timed(hot, `1,000 steps by id, hot, ${once}`, long, LONG.steps, { atMost: 10 })),
    ]
    await hot.stop()
    rows.push(...(await coldRows(directory, once, short, long)))
    const more = await startServer(directory)
    for (let part = 4; part < 13; part++) await send(more, makeLoad(part, base))
    await more.stop()
    log('flows by id, with ten times the store')
    rows.push(...(await coldRows(directory, `${base / 100} k spans`, short, long)))
    return rows
  })

/** The first answers of a server that has just started: nothing of the flows is in its memory. */
async function coldRows(directory: string, beside: string, short: Load, long: Load): Promise<Row[]> {
  const cold = await startServer(directory)
  const rows = [
    ...(await timed(cold, `1,000 steps by id, after a restart, ${beside}`, long, LONG.steps, {
      atMost: 200,
    })),
    ...(await timed(cold, `10 steps by id, after a restart, ${beside}`, short, SHORT.steps)),
  ]
  await cold.stop()
  return rows
}

/** Flows that are not asked for again. */
async function warm(server: BenchedServer): Promise<void> {
  const short = makeLoadOf(chainOf(SHORT.hops), 14, WARM.short * SHORT.steps)
  const long = makeLoadOf(chainOf(LONG.hops), 15, WARM.long * LONG.steps)
  await send(server, short)
  await send(server, long)
  const asking = new Asking(server.viewer)
  for (const { flows } of [short, long]) for (const { id } of flows) await asking.ask(`/flows/${id}`)
  asking.close()
}

async function timed(
  { viewer }: BenchedServer,
  what: string,
  { flows }: Load,
  steps: number,
  goal?: Goal,
): Promise<Row[]> {
  const asking = new Asking(viewer)
  const times = await asking.timeFlows(
    flows.map(({ id }) => id),
    steps,
  )
  asking.close()
  return [
    row(`flow of ${what}, p50`, 'ms', [percentile(times, 0.5)]),
    row(`flow of ${what}, p99`, 'ms', [percentile(times, 0.99)], goal),
  ]
}

async function send({ otlpHttp }: BenchedServer, { spans }: Load): Promise<void> {
  const sender = new Sender(`${otlpHttp}/v1/traces`)
  await sender.all(requestsOf(spans).map(protobufBody))
  sender.close()
}
