import { diagnose } from '../doctor/diagnose.ts'
import { renderFindings } from '../terminal/render-findings.ts'
import { painter } from '../terminal/style.ts'
import { limit, time } from './arguments.ts'
import { note, print, printJson, terminal } from './output.ts'
import { readFlows } from './read-flows.ts'
import { clientOf, readingCommand } from './reading.ts'
import type { AnyCommand } from './reading.ts'

/** `flowstitch doctor`: reads what has arrived and says what is missing where. */
export function doctorCommand(): AnyCommand {
  return readingCommand('doctor', 'say which attribute or propagation is missing where, and how to fix it')
    .option('--flows <count>', 'how many of the newest flows to read', limit, 200)
    .option('--since <time>', 'flows that started after: 15m (ago), an ISO date', time)
    .action(async ({ flows: count, since, ...options }) => {
      const client = clientOf(options)
      const { flows: summaries } = await client.flows({ limit: count, ...(since && { since }) })
      if (summaries.length === 0 && !options.json)
        return note('no flow has arrived yet, so there is nothing to judge')
      const flows = await readFlows(
        client,
        summaries.map(({ id }) => id),
      )
      const { destinations } = await client.destinations()
      const findings = diagnose({ flows, destinations })
      if (options.json) return printJson({ findings })
      const { color, width } = terminal()
      print(renderFindings(findings, flows.length, width, painter(color)))
    })
}
