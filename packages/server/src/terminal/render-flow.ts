import type { Flow, FlowState, ShapeFrequency } from '@flowstitch/correlator'
import { drawBar } from './bar.ts'
import type { Span } from './bar.ts'
import { labelOf } from './label.ts'
import { outline, subtree } from './outline.ts'
import type { Row } from './outline.ts'
import { missingLines } from './missing-steps.ts'
import { painter } from './style.ts'
import type { Look, Paint } from './style.ts'
import { counted, fit, fitRight, piece, widthOf } from './text.ts'
import type { Piece } from './text.ts'
import { formatDuration, formatTime } from './time.ts'
import { causalTree, keyOf } from './tree.ts'
import type { TreeNode } from './tree.ts'
import { whereTimeWent } from './where-time-went.ts'

/** How a flow is drawn. */
export interface RenderOptions {
  /** ANSI colours; without them nothing is lost but the colours. */
  color?: boolean
  /** Columns to fill at most. */
  width?: number
  /** Draw every sibling, however many there are. */
  full?: boolean
}

const MAX_SIBLINGS = 12
const MAX_SERVICE_WIDTH = 24
const BAR = { min: 12, max: 40 }
const MIN_WIDTH = 60

/** The colour of a flow's state. */
export const stateLooks: Record<FlowState, Look> = {
  active: 'message',
  quiet: 'good',
  failed: 'bad',
  stalled: 'waiting',
}

/**
 * Draws one flow as a tree of text: every step and message under what caused it, with the time since the flow's
 * start, its duration and a bar to scale; `┃` marks the critical path. Ends with a newline.
 */
export function renderFlow(
  flow: Flow,
  { color = false, width = 100, full = false }: RenderOptions = {},
): string {
  const paint = painter(color)
  const columns = Math.max(width, MIN_WIDTH)
  const lines = [...heading(flow, columns, paint), '', ...treeLines(flow, columns, full, paint)]
  const time = whereTimeWent(flow, columns, paint)
  if (time.length > 0) lines.push('', paint('faint', 'Where the time went, along the critical path'), ...time)
  const missing = missingLines(flow, columns, paint)
  if (missing.length > 0) lines.push('', ...missing)
  if (flow.truncated) lines.push('', paint('waiting', truncation(flow.truncated)))
  return `${lines.join('\n')}\n`
}

function heading(flow: Flow, width: number, paint: Paint): string[] {
  const { origin, state, id } = flow
  const totals = [
    formatDuration(flow.durationMs),
    counted(flow.stepCount, 'step'),
    counted(flow.messageCount, 'message'),
    counted(flow.attemptCount, 'attempt'),
    counted(flow.errorCount, 'error'),
    counted(flow.services.length, 'service'),
  ]
  return [
    [piece('Flow ', 'strong'), piece(id, 'strong'), piece('  '), piece(state, stateLooks[state])],
    [
      piece(origin.name),
      piece(` in ${origin.service}`),
      piece(` · ${formatTime(flow.startTimeUnixNano)}`, 'faint'),
    ],
    [piece(totals.join(' · '))],
    ...(flow.shapeFrequency ? [frequency(flow.shape, flow.shapeFrequency)] : []),
  ].map((line) => fit(line, width, paint).trimEnd())
}

function frequency(shape: string, { flows, ofFlows, rare }: ShapeFrequency): Piece[] {
  const share = `${flows} of ${counted(ofFlows, 'flow')} with this origin have it`
  return [
    piece(`shape ${shape}: ${share}`, 'faint'),
    ...(rare ? [piece(' · '), piece('rare', 'waiting')] : []),
  ]
}

function truncation({ reason, omittedSteps }: { reason: string; omittedSteps: number }): string {
  return `Not all of it: ${piece(reason).text} (${counted(omittedSteps, 'step')} left out)`
}

/** A row with its cells still unpadded. */
interface Cells {
  critical: boolean
  start: string
  took: string
  label: Piece[]
  service: string
  bar?: { span: Span; char: string; look: Look }
}

function treeLines(flow: Flow, width: number, full: boolean, paint: Paint): string[] {
  const whole = { fromUnixNano: BigInt(flow.startTimeUnixNano), toUnixNano: lastEndOf(flow) }
  const critical = criticalKeys(flow)
  // Guides take two columns a level: at most two fifths of the width.
  const limits = { maxSiblings: full ? Infinity : MAX_SIBLINGS, maxDepth: Math.floor(width / 5) }
  const rows = outline(causalTree(flow), limits)
  const cells = rows.map((row) => cellsOf(row, whole, critical))
  const layout = layoutOf(cells, width)
  const header = drawLine(
    { critical: false, start: 'start', took: 'took', label: [], service: '' },
    layout,
    whole,
    paint,
  )
  return [paint('faint', header), ...cells.map((line) => drawLine(line, layout, whole, paint))]
}

/** What settles a message may come after the flow's end. */
function lastEndOf({ endTimeUnixNano, steps }: Flow): bigint {
  const ends = steps.map((step) => BigInt(step.endTimeUnixNano))
  return ends.reduce((last, end) => (end > last ? end : last), BigInt(endTimeUnixNano))
}

function criticalKeys(flow: Flow): Set<string> {
  return new Set(
    flow.criticalPath.flatMap(({ step, messageKey }) => [
      ...(step ? [keyOf(step)] : []),
      ...(messageKey ? [messageKey] : []),
    ]),
  )
}

function cellsOf(row: Row, whole: Span, critical: Set<string>): Cells {
  const guides = piece(row.guides, 'faint')
  if ('omitted' in row) {
    return {
      critical: false,
      start: '',
      took: '',
      label: [guides, piece(omission(row.omitted), 'faint')],
      service: '',
    }
  }
  const { node } = row
  const onPath = critical.has(node.message ? node.message.key : keyOf(node.step!))
  return {
    critical: onPath,
    start: formatDuration(ms(node.startUnixNano - whole.fromUnixNano)),
    took: node.step ? formatDuration(ms(node.endUnixNano - node.startUnixNano)) : '',
    label: [guides, ...labelOf(node, onPath)],
    service: node.step?.service ?? '',
    bar: {
      span: { fromUnixNano: node.startUnixNano, toUnixNano: node.endUnixNano },
      ...markOf(node, onPath),
    },
  }
}

function markOf({ step, message }: TreeNode, onPath: boolean): { char: string; look: Look } {
  if (message) return { char: '╌', look: 'waiting' }
  if (step!.status === 'error') return { char: '━', look: 'bad' }
  return { char: '━', look: onPath ? 'critical' : 'plain' }
}

function omission(omitted: TreeNode[]): string {
  const below = omitted.flatMap(subtree)
  const steps = below.filter(({ step }) => step).length
  const messages = below.length - steps
  const parts = [
    ...(messages > 0 ? [counted(messages, 'message')] : []),
    ...(steps > 0 ? [counted(steps, 'step')] : []),
  ]
  return `… ${parts.join(' and ')} more, none of them failed`
}

function ms(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6
}

interface Layout {
  start: number
  took: number
  label: number
  service: number
  bar: number
}

/** Labels get what they need first, then the bars; where it is narrow the bars go, then labels are cut. */
function layoutOf(cells: Cells[], width: number): Layout {
  const widest = (lengths: number[]): number => lengths.reduce((most, length) => Math.max(most, length), 0)
  const start = widest(['start'.length, ...cells.map((cell) => cell.start.length)])
  const took = widest(['took'.length, ...cells.map((cell) => cell.took.length)])
  const service = Math.min(widest(cells.map((cell) => widthOf([piece(cell.service)]))), MAX_SERVICE_WIDTH)
  const free = width - (2 + start + 2 + took + 2) - (2 + service)
  const natural = widest(cells.map((cell) => widthOf(cell.label)))
  const label = Math.min(natural, free)
  const bar = Math.min(free - label - 2, BAR.max)
  return { start, took, label, service, bar: bar >= BAR.min ? bar : 0 }
}

function drawLine(cells: Cells, layout: Layout, whole: Span, paint: Paint): string {
  const { bar } = cells
  const parts = [
    cells.critical ? paint('critical', '┃ ') : '  ',
    fitRight([piece(cells.start, 'faint')], layout.start, paint),
    '  ',
    fitRight([piece(cells.took)], layout.took, paint),
    '  ',
    fit(cells.label, layout.label, paint),
    '  ',
    fit([piece(cells.service, 'faint')], layout.service, paint),
    '  ',
    bar && layout.bar > 0 ? drawBar(bar.span, whole, layout.bar, bar, paint) : '',
  ]
  return parts.join('').trimEnd()
}
