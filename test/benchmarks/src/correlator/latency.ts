import { makeLoadOf } from '../load/load.ts'
import { requestsOf } from '../load/requests.ts'
import { chainOf } from '../load/stories/chain.ts'
import { Asking, stepCountOf } from './asking.ts'
import { withFolder } from './folder.ts'
import { bodiesOf } from './ingest.ts'
import { Live } from './live.ts'
import type { Measurement } from './measurement.ts'
import { percentile, row } from './row.ts'
import { protobufBody, Sender, type Body } from './sender.ts'
import { startServer, type BenchedServer } from './server.ts'

const STEPS = 10
const PAUSE_MS = 40

interface Probe {
  readonly sender: Sender
  readonly asking: Asking
  readonly live: Live
}

interface Delays {
  readonly answered: number[]
  readonly told: number[]
}

/** From when the last span of a flow is acknowledged until the API answers all of it, and until `/live` tells it. */
export const measureLatency: Measurement = ({ full, log }) =>
  withFolder(async (directory) => {
    const server = await startServer(directory)
    const probe = await probeOf(server)
    const count = full ? 500 : 100
    log('from acknowledged to answered and told, idle')
    await probes(probe, count / 5, 1)
    const idle = await probes(probe, count, 2)
    log('from acknowledged to answered and told, at half of full load')
    const bodies = bodiesOf(3, full ? 400_000 : 60_000)
    const took = await probe.sender.all(bodies)
    const again = bodiesOf(4, full ? 400_000 : 60_000)
    const [busy] = await Promise.all([
      probes(probe, count, 5),
      paced(probe.sender, again, (took / bodies.length) * 2),
    ])
    for (const part of Object.values(probe)) part.close()
    await server.stop()
    const [idleGoal, busyGoal] = [{ atMost: 5 }, { atMost: 250 }]
    return [
      row('acknowledged → answered by the API, idle, p50', 'ms', [percentile(idle.answered, 0.5)], idleGoal),
      row('acknowledged → sent to /live, idle, p50', 'ms', [percentile(idle.told, 0.5)], idleGoal),
      row(
        'acknowledged → answered by the API, half load, p99',
        'ms',
        [percentile(busy.answered, 0.99)],
        busyGoal,
      ),
      row('acknowledged → sent to /live, half load, p99', 'ms', [percentile(busy.told, 0.99)], busyGoal),
    ]
  })

async function probeOf({ otlpHttp, viewer }: BenchedServer): Promise<Probe> {
  return {
    sender: new Sender(`${otlpHttp}/v1/traces`),
    asking: new Asking(viewer),
    live: await Live.open(viewer),
  }
}

async function probes({ sender, asking, live }: Probe, count: number, seed: number): Promise<Delays> {
  const delays: Delays = { answered: [], told: [] }
  for (let n = 0; n < count; n++) {
    const { spans, flows } = makeLoadOf(chainOf(3), seed * 10_000 + n, STEPS)
    const { id } = flows[0]!
    const told = live.whole(id, STEPS)
    for (const body of requestsOf(spans)) await sender.one(protobufBody(body))
    const acknowledged = performance.now()
    while (stepCountOf(await asking.ask(`/flows/${id}`)) !== STEPS);
    delays.answered.push(performance.now() - acknowledged)
    delays.told.push(Math.max(0, (await told) - acknowledged))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return delays
}

/** One request after the other at its time, whether or not the one before is answered. */
async function paced(sender: Sender, bodies: readonly Body[], intervalMs: number): Promise<void> {
  const began = performance.now()
  const sending: Promise<void>[] = []
  for (const [n, body] of bodies.entries()) {
    const wait = began + n * intervalMs - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    sending.push(sender.one(body))
  }
  await Promise.all(sending)
}
