import type { Coverage } from '@flowstitch/correlator'
import { renderDestinations } from '../terminal/render-destinations.ts'
import { renderTopology } from '../terminal/render-topology.ts'
import { painter } from '../terminal/style.ts'
import { formatTime } from '../terminal/time.ts'
import { time } from './arguments.ts'
import { note, print, printJson, terminal } from './output.ts'
import { clientOf, readingCommand } from './reading.ts'
import type { AnyCommand } from './reading.ts'

/** `flowstitch topology`: the map. */
export function topologyCommand(): AnyCommand {
  return readingCommand(
    'topology',
    'print the map: services, destinations, consumer groups, and how long messages wait',
  )
    .option('--since <time>', 'from: 15m (ago), an ISO date, or nanoseconds since the epoch', time)
    .option('--until <time>', 'up to', time)
    .action(async ({ since, until, ...options }) => {
      const topology = await clientOf(options).topology({ ...(since && { since }), ...(until && { until }) })
      if (options.json) return printJson(topology)
      noteCoverage(topology)
      if (topology.edges.length === 0) return note('nothing has moved yet')
      const { color, width } = terminal()
      print(renderTopology(topology, width, painter(color)))
    })
}

/** `flowstitch destinations`: what is stuck, retried, dead, lost. */
export function destinationsCommand(): AnyCommand {
  return readingCommand('destinations', 'print what became of each destination’s messages').action(
    async (options) => {
      const answer = await clientOf(options).destinations()
      if (options.json) return printJson(answer)
      noteCoverage(answer)
      if (answer.destinations.length === 0) return note('no message has been seen yet')
      const { color, width } = terminal()
      const now = String(BigInt(Date.now()) * 1_000_000n)
      print(renderDestinations(answer.destinations, now, width, painter(color)))
    },
  )
}

/** An answer that leaves something out says so. */
export function noteCoverage({ complete, sinceUnixNano, waitingTraces }: Coverage): void {
  if (complete) return
  if (sinceUnixNano !== undefined)
    note(`the server is still reading what it holds: this covers traces since ${formatTime(sinceUnixNano)}`)
  if (waitingTraces !== undefined) note(`${waitingTraces} traces with news are not counted yet`)
}
