import type { LossReason, ShapeStep } from './model.ts'

/** How much of what is stored an answer covers. */
export interface Coverage {
  /** Whether it covers everything. */
  complete: boolean
  /** While what was stored before the start is still taken in: only traces that start since then are. */
  sinceUnixNano?: string
  /** Traces with news that are not taken in yet. */
  waitingTraces?: number
}

/** Services, destinations and consumer groups, and what moves between them. */
export interface Topology extends Coverage {
  nodes: TopologyNode[]
  edges: TopologyEdge[]
}

/** A place that messages come from, wait in, or go to. */
export interface TopologyNode {
  id: string
  kind: 'service' | 'destination' | 'consumer-group'
  name: string
  system?: string
}

/** Messages (or calls) from one node to the next, and how long they waited before. */
export interface TopologyEdge {
  from: string
  to: string
  count: number
  errorCount: number
  dwellMs?: { p50: number; p90: number; p99: number }
}

/** What became of messages. */
export interface MessageCounts {
  sent: number
  processed: number
  /** Their last attempt failed, and nothing says that they went on to a dead-letter queue. */
  failed: number
  inFlight: number
  retried: number
  deadLettered: number
  lost: number
  unknown: number
  oldestInFlightUnixNano?: string
  /** On what the verdicts in flight, lost and unknown rest, and how many on each. */
  reasons: { [reason in LossReason]?: number }
}

/** What happened to the messages of one destination. */
export interface DestinationReport extends MessageCounts {
  system: string
  destination: string
  /** The same by group. Groups that dead letters and retries lead to are reported with their own destinations. */
  groups: ConsumerGroupReport[]
}

/** What the messages of a destination came to in one group that reads it. */
export interface ConsumerGroupReport extends MessageCounts {
  /** Or the queue, where the broker's groups have no name. */
  consumerGroup: string
}

/** Every destination, and how much of what is stored the reports cover. */
export interface DestinationReports extends Coverage {
  destinations: DestinationReport[]
}

/** What the flows with one origin do: its shapes. */
export interface OriginReport {
  service: string
  /** Of the origin's span; ids and numbers in it are `#`. */
  name: string
  /** Flows in which nothing happens any more. */
  flows: number
  /** The commonest first, and no more than fifty. */
  shapes: ShapeReport[]
  /** Flows of other shapes than those. */
  otherFlows?: number
}

/** What flows of one shape have in common. */
export interface ShapeReport {
  id: string
  flows: number
  /** So many of them failed, */
  failed: number
  /** and of so many some steps were left out. */
  truncated: number
  /** One in a hundred flows with its origin has it, or fewer. */
  rare: boolean
  durationMs: { p50: number; p90: number; p99: number }
  stepCount: { p50: number; p90: number; p99: number }
  steps: (ShapeStep & {
    /** The places in this list of what causes it. */
    after: number[]
  })[]
  /** Up to three. */
  newestFlowIds: string[]
}

/** What flows do, by origin, in the order of services and names. */
export interface ShapeReports extends Coverage {
  origins: OriginReport[]
  /** Hands over to the next page; missing at the end. */
  cursor?: string
  /** Traces that came faster than their flows could be looked at, since the start: the numbers are of a sample. */
  skippedTraces?: number
}
