import type { FlowSummary } from '@flowstitch/correlator'
import { stateLooks } from './render-flow.ts'
import type { Paint } from './style.ts'
import { renderTable } from './table.ts'
import type { Column } from './table.ts'
import { counted, fit, fitRight, piece } from './text.ts'
import { formatDuration, formatTime } from './time.ts'

const columns: Column<FlowSummary>[] = [
  { title: 'started', cell: (flow) => piece(formatTime(flow.startTimeUnixNano), 'faint') },
  { title: 'state', cell: ({ state }) => piece(state, stateLooks[state]) },
  { title: 'took', align: 'right', cell: ({ durationMs }) => piece(formatDuration(durationMs)) },
  { title: 'steps', align: 'right', cell: ({ stepCount }) => piece(String(stepCount)) },
  { title: 'messages', align: 'right', cell: ({ messageCount }) => piece(String(messageCount)) },
  {
    title: 'errors',
    align: 'right',
    cell: ({ errorCount }) => piece(String(errorCount), errorCount > 0 ? 'bad' : 'faint'),
  },
  { title: 'flow', cell: ({ id }) => piece(id) },
  {
    title: 'origin',
    flexible: true,
    cell: ({ origin }) => piece(`${origin.name} in ${origin.service}`, 'strong'),
  },
]

/** Flows as a table, a line each. */
export function renderFlows(flows: FlowSummary[], width: number, paint: Paint): string {
  return renderTable(flows, columns, width, paint)
}

/** One changed flow as a line of its own, aligned with the lines before it whatever comes. */
export function renderFlowLine(flow: FlowSummary, width: number, paint: Paint): string {
  const { state, errorCount, origin } = flow
  const line = [
    piece(`${formatTime(flow.startTimeUnixNano)}  `, 'faint'),
    { text: fit([piece(state, stateLooks[state])], 9, paint), look: 'plain' as const },
    { text: fitRight([piece(formatDuration(flow.durationMs))], 11, paint), look: 'plain' as const },
    piece(
      `${counted(flow.stepCount, 'step').padStart(12)}${counted(flow.messageCount, 'message').padStart(15)}`,
    ),
    piece(`${counted(errorCount, 'error').padStart(11)}  `, errorCount > 0 ? 'bad' : 'faint'),
    piece(`${flow.id}  `),
    piece(`${origin.name} in ${origin.service}`, 'strong'),
  ]
  return fit(line, Math.max(width, 100), paint).trimEnd()
}
