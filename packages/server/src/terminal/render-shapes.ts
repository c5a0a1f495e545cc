import type { OriginReport, ShapeReport } from '@flowstitch/correlator'
import { shapeStepLabel } from './shape-step.ts'
import type { Paint } from './style.ts'
import { counted, fit, piece } from './text.ts'
import type { Piece } from './text.ts'
import { formatDuration, formatShare } from './time.ts'

/** What flows of each origin do, shape by shape, each as a tree of its kinds of steps. */
export function renderShapes(origins: OriginReport[], width: number, paint: Paint): string {
  return origins.map((origin) => originLines(origin, width, paint).join('\n')).join('\n\n')
}

function originLines(origin: OriginReport, width: number, paint: Paint): string[] {
  const { name, service, flows, shapes, otherFlows } = origin
  const heading = [
    piece(name, 'strong'),
    piece(` in ${service}`),
    piece(` · ${counted(flows, 'flow')}`, 'faint'),
  ]
  const others =
    otherFlows === undefined ? [] : [[piece(`  ${counted(otherFlows, 'flow')} of other shapes`, 'faint')]]
  const lines = [heading, ...shapes.flatMap((shape) => shapeLines(shape, flows)), ...others]
  return lines.map((line) => fit(line, width, paint).trimEnd())
}

function shapeLines(shape: ShapeReport, ofFlows: number): Piece[][] {
  const { id, flows, failed, rare, durationMs, steps } = shape
  const took = `p50 ${formatDuration(durationMs.p50)}, p90 ${formatDuration(durationMs.p90)}, p99 ${formatDuration(durationMs.p99)}`
  const summary = [
    piece(`  ${id}`, 'message'),
    piece(`  ${formatShare(flows, ofFlows)}`, 'strong'),
    piece(` · ${counted(flows, 'flow')}`),
    ...(failed > 0 ? [piece(' · '), piece(`${failed} failed`, 'bad')] : []),
    ...(rare ? [piece(' · '), piece('rare', 'waiting')] : []),
    piece(` · ${took}`, 'faint'),
  ]
  return [summary, ...stepLines(steps)]
}

/** Each step under the first that causes it. */
function stepLines(steps: ShapeReport['steps']): Piece[][] {
  const depths: number[] = []
  return steps.map((step, place) => {
    const [cause] = step.after.filter((other) => other < place)
    const depth = cause === undefined ? 0 : depths[cause]! + 1
    depths.push(depth)
    return [piece('  '.repeat(depth + 2)), ...shapeStepLabel(step), piece(`  ${step.service}`, 'faint')]
  })
}
