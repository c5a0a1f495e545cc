import type { FlowSummary } from '@flowstitch/correlator'
import { compareTimes } from '../format/time.ts'

/** What the live stream told since the list was read. */
export interface LiveChanges {
  /** The newest summary of every flow that changed. */
  byId: ReadonlyMap<string, FlowSummary>
  /** Flows that may stand in the list although no page has them. */
  shown: ReadonlySet<string>
}

export const NO_CHANGES: LiveChanges = { byId: new Map(), shown: new Set() }

/** So many changes are kept; beyond that the list is read anew instead. */
export const MOST_CHANGES = 2000

export interface ListRows {
  /** Newest first. */
  rows: FlowSummary[]
  /** New flows that wait for the reader to let them in. */
  held: number
}

export function addChanges(changes: LiveChanges, flows: readonly FlowSummary[]): LiveChanges {
  const byId = new Map(changes.byId)
  for (const flow of flows) {
    if (isNewer(flow, byId.get(flow.id))) byId.set(flow.id, flow)
  }
  return { ...changes, byId }
}

/** Lets every flow in that has been held back. */
export function showHeld(changes: LiveChanges): LiveChanges {
  return { ...changes, shown: new Set(changes.byId.keys()) }
}

/**
 * Joins what was read with what has changed since. A known flow is replaced in its place; a new one
 * appears only once it may be shown, so that nothing moves under the reader's pointer.
 */
export function mergeRows(paged: readonly FlowSummary[], changes: LiveChanges): ListRows {
  const known = new Map(paged.map((flow) => [flow.id, flow]))
  let held = 0
  for (const [id, flow] of changes.byId) {
    if (known.has(id) || changes.shown.has(id)) {
      if (isNewer(flow, known.get(id))) known.set(id, flow)
    } else held += 1
  }
  return { rows: [...known.values()].sort(newestFirst), held }
}

function isNewer(flow: FlowSummary, than: FlowSummary | undefined): boolean {
  return than === undefined || flow.version >= than.version
}

function newestFirst(a: FlowSummary, b: FlowSummary): number {
  return compareTimes(b.startTimeUnixNano, a.startTimeUnixNano) || (a.id < b.id ? -1 : 1)
}
