import { renderFlow } from '../terminal/render-flow.ts'
import { renderFlows } from '../terminal/render-flows.ts'
import { painter } from '../terminal/style.ts'
import { CommandFailure, exitCode } from './failure.ts'
import { findFlows } from './find-flows.ts'
import { note, print, printJson, terminal } from './output.ts'
import { clientOf, readingCommand } from './reading.ts'
import type { AnyCommand } from './reading.ts'

/** `flowstitch flow <id>`: one flow as a tree. */
export function flowCommand(): AnyCommand {
  return readingCommand('flow', 'print one flow as a tree: steps, queues, attempts, critical path')
    .argument('<id>', 'flow id, trace id, message id, or coordinate (kafka/orders/3/1842)')
    .option('--full', 'print every sibling, however many there are', false)
    .action(async (name, { full, ...options }) => {
      const found = await findFlows(clientOf(options), name)
      if (!found)
        throw new CommandFailure(
          exitCode.notFound,
          `nothing is known of ${name}: it is no id of a flow, trace or message, and no coordinate`,
        )
      if (options.json) return printJson('flow' in found ? found.flow : found)
      const { color, width } = terminal()
      if ('flow' in found) return print(renderFlow(found.flow, { color, width, full }))
      print(renderFlows(found.flows, width, painter(color)))
      note(`\n${name} is part of ${found.flows.length} flows; name one of them to see it`)
    })
}
