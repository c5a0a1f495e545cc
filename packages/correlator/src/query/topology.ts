import { DDSketch } from '@datadog/sketches-js'
import type { TimeRange } from '../engine.ts'
import type { Topology, TopologyEdge, TopologyNode } from '../reports.ts'
import { isMessageRow, type AttemptRow, type CallRow, type MessageRow } from '../totals/rows.ts'
import type { Names } from '../totals/names.ts'
import type { Totals } from '../totals/totals.ts'

interface CountedEdge {
  from: string
  to: string
  count: number
  errorCount: number
  dwell?: DDSketch
}

/** Who calls whom, who sends where, and who gets it from there after how long. */
export async function topologyOf(totals: Totals, range: TimeRange): Promise<Topology> {
  const { coverage } = totals
  const counts = new TopologyCounts(totals.names, range)
  await totals.read((row) => counts.add(row))
  return { ...counts.topology(), ...coverage }
}

class TopologyCounts {
  readonly #names: Names
  readonly #range: TimeRange
  readonly #nodes = new Map<string, TopologyNode>()
  readonly #edges = new Map<string, CountedEdge>()

  constructor(names: Names, range: TimeRange) {
    this.#names = names
    this.#range = range
  }

  add(row: CallRow | MessageRow): void {
    if (isMessageRow(row)) this.#addMessage(row)
    else if (this.#isInRange(row)) this.#count(this.#service(row.from), this.#service(row.to), row.failed)
  }

  topology(): Pick<Topology, 'nodes' | 'edges'> {
    const nodes = [...this.#nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const edges = [...this.#edges.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, edge]) => describe(edge))
    return { nodes, edges }
  }

  /** Each event counts at its own time: the sending, and each delivery. */
  #addMessage(row: MessageRow): void {
    if (row.service !== 0 && this.#isInRange(row))
      this.#count(this.#service(row.service), this.#destination(row), row.sendFailed)
    for (const attempt of row.attempts) if (this.#isInRange(attempt)) this.#addAttempt(attempt, row)
  }

  /** Destination to group to service where there is a group, and straight to the service otherwise. */
  #addAttempt(attempt: AttemptRow, row: MessageRow): void {
    const failed = attempt.outcome === 'failed' || attempt.outcome === 'settled-negatively'
    const from = this.#destination(row)
    const to = this.#service(attempt.service)
    const next = attempt.named ? this.#group(attempt.group, row) : to
    const edge = this.#count(from, next, failed)
    if (next !== to) this.#count(next, to, failed)
    if (Number.isNaN(attempt.dwellMs)) return
    edge.dwell ??= new DDSketch({ relativeAccuracy: 0.01 })
    edge.dwell.accept(attempt.dwellMs)
  }

  #isInRange({ time }: { time: bigint }): boolean {
    const { since, until } = this.#range
    return (since === undefined || time >= since) && (until === undefined || time < until)
  }

  #destination({ system, destination }: MessageRow): string {
    const [type, name] = [this.#names.textOf(system)!, this.#names.textOf(destination)!]
    return this.#node({ id: `destination:${type}/${name}`, kind: 'destination', name, system: type })
  }

  #group(group: number, { system }: MessageRow): string {
    const [type, name] = [this.#names.textOf(system)!, this.#names.textOf(group)!]
    return this.#node({ id: `consumer-group:${type}/${name}`, kind: 'consumer-group', name, system: type })
  }

  #service(service: number): string {
    const name = this.#names.textOf(service)!
    return this.#node({ id: `service:${name}`, kind: 'service', name })
  }

  #node(node: TopologyNode): string {
    if (!this.#nodes.has(node.id)) this.#nodes.set(node.id, node)
    return node.id
  }

  #count(from: string, to: string, failed: boolean): CountedEdge {
    const key = `${from}\n${to}`
    let edge = this.#edges.get(key)
    if (!edge) {
      edge = { from, to, count: 0, errorCount: 0 }
      this.#edges.set(key, edge)
    }
    edge.count++
    if (failed) edge.errorCount++
    return edge
  }
}

function describe({ dwell, ...edge }: CountedEdge): TopologyEdge {
  if (!dwell) return edge
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((quantile) => dwell.getValueAtQuantile(quantile))
  return { ...edge, dwellMs: { p50: p50!, p90: p90!, p99: p99! } }
}
