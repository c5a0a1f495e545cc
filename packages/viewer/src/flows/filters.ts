import type { FlowState, FlowSummary } from '@flowstitch/correlator'
import type { Params } from '../api/client.ts'
import { parseDuration } from '../format/duration.ts'
import { toUnixNano } from '../format/time.ts'

/** What a flow list is narrowed to, as it stands in the address; absent means everything. */
export interface FlowFilters {
  q?: string
  service?: string
  destination?: string
  system?: string
  state?: FlowState
  /** The id of a shape. */
  shape?: string
  /** As typed: `250`, `1.5s`, `2m`. */
  min?: string
  /** A time range: the last `15m`, `6h`, `7d`. */
  last?: string
  /** A fixed range instead, as local date and time: `2026-11-03T14:00`. */
  since?: string
  until?: string
}

export const FLOW_STATES: readonly FlowState[] = ['active', 'quiet', 'failed', 'stalled']

const NAMES = ['q', 'service', 'destination', 'system', 'shape', 'min', 'last', 'since', 'until'] as const

export function parseFilters(search: string): FlowFilters {
  const params = new URLSearchParams(search)
  const filters: FlowFilters = {}
  for (const name of NAMES) {
    const value = params.get(name)
    if (value) filters[name] = value
  }
  const state = FLOW_STATES.find((known) => known === params.get('state'))
  if (state) filters.state = state
  return filters
}

export function formatFilters(filters: FlowFilters): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(filters)) if (value) params.set(name, String(value))
  return params.toString()
}

/** The filters as the API takes them; `now` anchors a range like "the last hour". */
export function toApiParams(filters: FlowFilters, now: number): Params {
  const { q, service, destination, system, state, shape } = filters
  const lastMs = parseDuration(filters.last ?? '')
  return {
    q,
    service,
    destination,
    system,
    state,
    shape,
    minDurationMs: parseDuration(filters.min ?? ''),
    since: lastMs === undefined ? localToUnixNano(filters.since) : toUnixNano(now - lastMs),
    until: lastMs === undefined ? localToUnixNano(filters.until) : undefined,
  }
}

/**
 * Whether a flow that has just changed belongs in the list. `unknown` where only the server can tell:
 * it searches in the names of all spans, and a summary has only the origin's.
 */
export function matches(filters: FlowFilters, flow: FlowSummary, now: number): 'yes' | 'no' | 'unknown' {
  const params = toApiParams(filters, now)
  const start = BigInt(flow.startTimeUnixNano)
  const misses =
    (filters.state && flow.state !== filters.state) ||
    (filters.service && !flow.services.includes(filters.service)) ||
    (filters.destination && !flow.destinations.includes(filters.destination)) ||
    (filters.shape && flow.shape !== filters.shape) ||
    (filters.system && !flow.systems.includes(filters.system)) ||
    flow.durationMs < Number(params['minDurationMs'] ?? 0) ||
    (params['since'] && start < BigInt(params['since'])) ||
    (params['until'] && start > BigInt(params['until']))
  if (misses) return 'no'
  return filters.q ? 'unknown' : 'yes'
}

function localToUnixNano(local: string | undefined): string | undefined {
  const epochMs = Date.parse(local ?? '')
  return Number.isNaN(epochMs) ? undefined : toUnixNano(epochMs)
}
