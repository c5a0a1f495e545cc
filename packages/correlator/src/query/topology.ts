import { DDSketch } from '@datadog/sketches-js'
import type { Span } from '../decode/span.ts'
import type { FlowMessage } from '../flow/messages.ts'
import type { Attempt, Topology, TopologyEdge, TopologyNode } from '../model.ts'
import { parentOf } from '../stitch/causes.ts'
import { isConsumer } from '../stitch/container.ts'
import type { Spans } from '../stitch/spans.ts'

interface CountedEdge {
  from: string
  to: string
  count: number
  errorCount: number
  dwell?: DDSketch
}

/** Adds up who calls whom, who sends where, and who gets it from there after how long. */
export class TopologyCounts {
  readonly #nodes = new Map<string, TopologyNode>()
  readonly #edges = new Map<string, CountedEdge>()

  /** A call from one service into another, as far as a span says so. */
  addSpan(span: Span, spans: Spans): void {
    const parent = parentOf(span, spans)
    if (!parent || parent.service === span.service || isConsumer(span)) return
    this.#count(this.#service(parent.service), this.#service(span.service), span.status === 'error')
  }

  addMessage({ message, sender }: FlowMessage, serviceOf: (attempt: Attempt) => string): void {
    const { system, destination } = message
    const to = this.#node({
      id: `destination:${system}/${destination}`,
      kind: 'destination',
      name: destination,
      system,
    })
    if (sender) this.#count(this.#service(sender.service), to, sender.status === 'error')
    for (const attempt of message.attempts) this.#addAttempt(attempt, to, system, serviceOf(attempt))
  }

  topology(): Topology {
    const nodes = [...this.#nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const edges = [...this.#edges.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, edge]) => describe(edge))
    return { nodes, edges }
  }

  /** Destination to group to service where there is a group, and straight to the service otherwise. */
  #addAttempt(
    { consumerGroup: name, dwellMs, outcome }: Attempt,
    from: string,
    system: string,
    service: string,
  ): void {
    const failed = outcome === 'failed' || outcome === 'settled-negatively'
    const to = this.#service(service)
    const next =
      name === undefined
        ? to
        : this.#node({ id: `consumer-group:${system}/${name}`, kind: 'consumer-group', name, system })
    const edge = this.#count(from, next, failed)
    if (next !== to) this.#count(next, to, failed)
    if (dwellMs === undefined) return
    edge.dwell ??= new DDSketch({ relativeAccuracy: 0.01 })
    edge.dwell.accept(dwellMs)
  }

  #service(name: string): string {
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
