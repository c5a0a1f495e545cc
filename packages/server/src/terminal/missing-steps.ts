import type { Flow, MissingStep } from '@flowstitch/correlator'
import { shapeStepLabel } from './shape-step.ts'
import type { Paint } from './style.ts'
import { fit, piece } from './text.ts'
import { formatDuration, formatTime } from './time.ts'

/** What the flow normally would have done by now; nothing where nothing is missing. */
export function missingLines({ missing = [] }: Flow, width: number, paint: Paint): string[] {
  if (missing.length === 0) return []
  return [
    paint('waiting', 'What has not come, although it normally does'),
    ...missing.flatMap((step) => linesOf(step, width, paint)),
  ]
}

function linesOf(step: MissingStep, width: number, paint: Paint): string[] {
  const { service, flows, ofFlows, usualMs, overdueSinceUnixNano } = step
  const usual = `in ${flows} of ${ofFlows} flows, usually after ${formatDuration(usualMs.p50)} (p99 ${formatDuration(usualMs.p99)})`
  return [
    [piece('  ✗ ', 'waiting'), ...shapeStepLabel(step), piece(` in ${service}`, 'strong')],
    [piece(`    ${usual}; overdue since ${formatTime(overdueSinceUnixNano)}`, 'faint')],
  ].map((line) => fit(line, width, paint).trimEnd())
}
