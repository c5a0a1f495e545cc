import type { OriginReport } from '@flowstitch/correlator'
import { renderShapes } from '../terminal/render-shapes.ts'
import { painter } from '../terminal/style.ts'
import { limit } from './arguments.ts'
import { note, print, printJson, terminal } from './output.ts'
import { noteCoverage } from './overview.ts'
import { clientOf, readingCommand } from './reading.ts'
import type { AnyCommand } from './reading.ts'

/** `flowstitch shapes`: what flows do, how often and for how long. */
export function shapesCommand(): AnyCommand {
  return readingCommand(
    'shapes',
    'print what flows do, by what they start with: which steps, how often, for how long',
  )
    .option('--service <name>', 'of flows that start in this service')
    .option('--name <name>', 'of flows whose origin has this name, numbers in it as #')
    .option('--rare', 'only shapes that at most one flow in a hundred has', false)
    .option('--limit <count>', 'of how many origins', limit, 50)
    .option('--cursor <cursor>', 'where the last page ended')
    .action(async ({ rare, server, token, json, ...filters }) => {
      const answer = await clientOf({ server, token }).shapes(filters)
      if (json) return printJson(answer)
      noteCoverage(answer)
      if (answer.skippedTraces !== undefined)
        note(`${answer.skippedTraces} traces came too fast to look at: this is a sample`)
      const origins = rare ? answer.origins.flatMap(onlyRare) : answer.origins
      if (origins.length === 0) return note(rare ? 'no shape is rare' : 'no flow has come to rest yet')
      const { color, width } = terminal()
      print(renderShapes(origins, width, painter(color)))
      if (answer.cursor) note(`\nmore: --cursor ${answer.cursor}`)
    })
}

function onlyRare({ otherFlows: _others, ...origin }: OriginReport): OriginReport[] {
  const shapes = origin.shapes.filter((shape) => shape.rare)
  return shapes.length > 0 ? [{ ...origin, shapes }] : []
}
