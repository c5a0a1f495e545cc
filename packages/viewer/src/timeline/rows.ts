import type { Attempt, Message, Step } from '@flowstitch/correlator'
import type { FlowIndex } from '../flow/flow-index.ts'
import { formatSelection, messageId, stepId, stepKey, type Selection } from '../flow/refs.ts'
import type { Visit, Visits } from '../flow/visits.ts'

interface RowBase {
  /** Unique among the rows, and what the row selects. */
  id: string
  selection: Selection
  level: number
  /** How far it is set in: by stays in services and their steps; a message is level with its sender. */
  indent: number
  hasChildren: boolean
  /** Steps and messages below it. */
  descendants: number
  critical: boolean
}

export interface StepRow extends RowBase {
  kind: 'step'
  step: Step
  /** The delivery that this step is, where its message was delivered more than once. */
  attempt?: Attempt
}

export interface MessageRow extends RowBase {
  kind: 'message'
  message: Message
}

export type Row = StepRow | MessageRow

interface Node {
  /** Absent at the invisible top alone. */
  row?: Row
  /** Something above it; what is directly above it has it among its children. */
  parent?: Node
  children: Node[]
}

/**
 * Every step and message of a flow once, below what caused it: steps below their parent, messages below
 * the step that sent them, the steps that handled a message below the message.
 */
export function buildRows(index: FlowIndex, visits: Visits): Row[] {
  const nodes = buildNodes(index, visits)
  const rows: Row[] = []
  const open = nodes.toReversed().map((node) => ({ node, level: 1, indent: 0 }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, level, indent } = next
    if (node.row) rows.push({ ...node.row, level, indent, hasChildren: node.children.length > 0 })
    for (const child of node.children.toReversed()) {
      const deeper = child.row?.kind === 'message' ? 0 : 1
      open.push({ node: child, level: level + 1, indent: indent + deeper })
    }
  }
  countDescendants(rows)
  return rows
}

/** The rows that remain when the branches below `collapsed` rows are put away. */
export function visibleRows(rows: readonly Row[], collapsed: ReadonlySet<string>): Row[] {
  const visible: Row[] = []
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as Row
    visible.push(row)
    if (collapsed.has(row.id)) at += row.descendants
  }
  return visible
}

function buildNodes(index: FlowIndex, visits: Visits): Node[] {
  const top: Node = { children: [] }
  const nodes = new Map<string, Node>()
  const attach = (node: Node, parent: Node): void => {
    node.parent = parent
    parent.children.push(node)
  }
  const add = (row: Row): Node => {
    const node: Node = { row, children: [] }
    nodes.set(row.id, node)
    return node
  }
  const roots = visits.all.map((visit) => addVisit(visit, index, add, attach))
  for (const message of index.messages.values()) {
    const sender = message.sent && nodes.get(stepId(stepKey(message.sent)))
    attach(add(messageRow(message, index)), sender ?? top)
  }
  const causes = causesOfVisits(index, visits)
  for (const [position, visit] of visits.all.entries()) {
    const root = roots[position] as Node
    // Rings of causes happen only in broken telemetry; one turn of the ring is drawn.
    const cause = causes
      .get(visit)
      ?.map((id) => nodes.get(id))
      .find((node) => node && topOf(node) !== root)
    attach(root, cause ?? top)
  }
  return top.children
}

function addVisit(
  visit: Visit,
  index: FlowIndex,
  add: (row: Row) => Node,
  attach: (node: Node, parent: Node) => void,
): Node {
  const path: Node[] = []
  for (const { key, step, depth } of visit.steps) {
    const node = add(stepRow(key, step, index))
    path.length = depth
    const parent = path.at(-1)
    if (parent) attach(node, parent)
    path.push(node)
  }
  return path[0] as Node
}

/** The topmost node above a node; remembers shortcuts, as chains of causes can be thousands long. */
function topOf(node: Node): Node {
  let at = node
  while (at.parent) {
    if (at.parent.parent) at.parent = at.parent.parent
    at = at.parent
  }
  return at
}

/** For each visit the ids of the rows that caused it: messages that reached it, else steps of other visits. */
function causesOfVisits(index: FlowIndex, visits: Visits): Map<Visit, string[]> {
  const causes = new Map<Visit, string[]>()
  const note = (key: string, cause: string): void => {
    const visit = visits.byStep.get(key) as Visit
    causes.set(visit, [...(causes.get(visit) ?? []), cause])
  }
  for (const [key, deliveries] of index.arrivals) {
    for (const { message } of deliveries) note(key, messageId(message.key))
  }
  for (const { from, to } of index.directCauses) {
    if (visits.byStep.get(stepKey(from)) !== visits.byStep.get(stepKey(to))) {
      note(stepKey(to), stepId(stepKey(from)))
    }
  }
  return causes
}

function stepRow(key: string, step: Step, index: FlowIndex): StepRow {
  const delivery = index.arrivals.get(key)?.find(({ message }) => message.attempts.length > 1)
  const selection: Selection = { kind: 'step', key }
  const row: StepRow = { ...base(selection, index.criticalSteps.has(key)), kind: 'step', step }
  if (delivery?.attempt) row.attempt = delivery.attempt
  return row
}

function messageRow(message: Message, index: FlowIndex): MessageRow {
  const selection: Selection = { kind: 'message', key: message.key }
  return { ...base(selection, index.criticalMessages.has(message.key)), kind: 'message', message }
}

function base(selection: Selection, critical: boolean): RowBase {
  return {
    id: formatSelection(selection),
    selection,
    level: 1,
    indent: 0,
    hasChildren: false,
    descendants: 0,
    critical,
  }
}

function countDescendants(rows: readonly Row[]): void {
  const open: Array<{ row: Row; at: number }> = []
  const close = (level: number, end: number): void => {
    while ((open.at(-1)?.row.level ?? 0) >= level) {
      const { row, at } = open.pop() as { row: Row; at: number }
      row.descendants = end - at - 1
    }
  }
  for (const [at, row] of rows.entries()) {
    close(row.level, at)
    open.push({ row, at })
  }
  close(1, rows.length)
}
