import { setTimeout as sleep } from 'node:timers/promises'
import { Option } from '@commander-js/extra-typings'
import type { FlowSummary } from '@flowstitch/correlator'
import type { Client, FlowFilters } from '../client.ts'
import { renderFlowLine, renderFlows } from '../terminal/render-flows.ts'
import { painter } from '../terminal/style.ts'
import { duration, limit, time } from './arguments.ts'
import { CommandFailure, exitCode } from './failure.ts'
import { note, print, printJson, terminal } from './output.ts'
import { clientOf, readingCommand } from './reading.ts'
import type { AnyCommand } from './reading.ts'

const SETTLE_MS = 200
const LARGEST_PAGE = 500

/** `flowstitch flows`: the list, once or as it changes. */
export function flowsCommand(): AnyCommand {
  return readingCommand('flows', 'list flows, newest first')
    .option('-q, --q <text>', 'matches ids, service, span and destination names')
    .option('--service <name>', 'passes through this service')
    .option('--destination <name>', 'passes through this topic, queue, subject or stream')
    .option('--system <name>', 'passes through this broker: kafka, rabbitmq, …')
    .addOption(
      new Option('--state <state>', 'is in this state').choices(['active', 'quiet', 'failed', 'stalled']),
    )
    .option('--min-duration <duration>', 'took at least this long: 500ms, 2s, 1h', duration)
    .option('--shape <id>', 'has this shape')
    .option('--since <time>', 'started after: 15m (ago), an ISO date, or nanoseconds since the epoch', time)
    .option('--until <time>', 'started before', time)
    .option('--limit <count>', 'how many to list', limit, 50)
    .option('--cursor <cursor>', 'where the last page ended')
    .option('--follow', 'go on printing flows as they change', false)
    .action(async ({ follow: following, minDuration, server, token, json, ...rest }) => {
      const filters: FlowFilters = {
        ...rest,
        ...(minDuration !== undefined && { minDurationMs: minDuration }),
      }
      const client = clientOf({ server, token })
      if (following) return follow(client, filters, json === true)
      const page = await client.flows(filters)
      if (json) return printJson(page)
      const { color, width } = terminal()
      if (page.flows.length === 0) return note('no flow matches')
      print(renderFlows(page.flows, width, painter(color)))
      if (page.cursor) note(`\nmore: --cursor ${page.cursor}`)
    })
}

/** Prints what there is, oldest first, then every change that the filters let through, until interrupted. */
async function follow(client: Client, filters: FlowFilters, json: boolean): Promise<void> {
  const { color, width } = terminal()
  const paint = painter(color)
  const show = (flow: FlowSummary): void =>
    json ? printJson(flow) : print(renderFlowLine(flow, width, paint))
  const live = await client.live()
  const { flows } = await client.flows(filters)
  for (const flow of flows.toReversed()) show(flow)
  const { limit: _limit, cursor: _cursor, ...conditions } = filters
  const filtered = Object.values(conditions).some((condition) => condition !== undefined)
  for await (const changed of batches(live)) {
    const passed = filtered ? await matching(client, conditions, changed) : [...changed.values()]
    for (const flow of passed) show(flow)
  }
  throw new CommandFailure(exitCode.failed, 'the server has ended')
}

/** The server decides what matches, so that one filter means one thing, listed or followed. */
async function matching(
  client: Client,
  filters: FlowFilters,
  changed: Map<string, FlowSummary>,
): Promise<FlowSummary[]> {
  const { flows } = await client.flows({ ...filters, limit: LARGEST_PAGE })
  return flows.filter(({ id }) => changed.has(id)).toReversed()
}

/** Changes of a short while together, the newest of each flow. */
async function* batches(live: AsyncIterable<FlowSummary>): AsyncGenerator<Map<string, FlowSummary>, void> {
  const events = live[Symbol.asyncIterator]()
  const take = (): Promise<IteratorResult<FlowSummary>> => {
    const taken = events.next()
    // It may fail while nobody waits for it; whoever does later hears of it.
    taken.catch(() => undefined)
    return taken
  }
  let next = take()
  for (let first = await next; !first.done; first = await next) {
    const batch = new Map([[first.value.id, first.value]])
    const settled = sleep(SETTLE_MS).then((): undefined => undefined)
    for (;;) {
      next = take()
      const more = await Promise.race([next, settled])
      if (!more || more.done) break
      batch.set(more.value.id, more.value)
    }
    yield batch
  }
}
