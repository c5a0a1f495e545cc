/** Points at one span. Both ids are lower-case hex: 32 and 16 digits. */
export interface StepRef {
  traceId: string
  spanId: string
}

/** `active` until nothing has happened for a while, then `quiet`; `failed` and `stalled` say what went wrong. */
export type FlowState = 'active' | 'quiet' | 'failed' | 'stalled'

/** The five operations of OpenTelemetry's messaging conventions. */
export type Operation = 'create' | 'send' | 'receive' | 'process' | 'settle'

/** One flow in a list. Times are decimal strings of nanoseconds since the epoch, durations milliseconds. */
export interface FlowSummary {
  /** The trace id of the flow's origin. */
  id: string
  state: FlowState
  origin: StepRef & { service: string; name: string }
  startTimeUnixNano: string
  /** When its last work ended. What settles a message, an automatic commit above all, may come seconds later. */
  endTimeUnixNano: string
  durationMs: number
  stepCount: number
  traceCount: number
  messageCount: number
  attemptCount: number
  errorCount: number
  services: string[]
  destinations: string[]
  /** Messaging systems that its messages went through. */
  systems: string[]
  /** What it does, as an id: flows with the same kinds of steps and causes have the same shape. */
  shape: string
  /** How many steps of `Flow.missing` there are; left out where there is none. */
  missingCount?: number
  /** Grows whenever the flow changes. */
  version: number
}

/** A flow with everything it caused. */
export interface Flow extends FlowSummary {
  steps: Step[]
  messages: Message[]
  edges: Edge[]
  /** From the flow's start to its end without a gap or an overlap. */
  criticalPath: Segment[]
  /**
   * Services whose clocks are provably wrong, as against the origin's. The times of the flow and of its
   * critical path are corrected by that; those of its steps and messages are as they were reported.
   */
  clocks?: ClockSkew[]
  truncated?: { reason: string; omittedSteps: number }
  /**
   * There is more: the four lists are a page of the flow's, and this hands over to the next one. All pages are of
   * one moment. Only where pages were asked for.
   */
  cursor?: string
  /** How common its shape is; left out while it is active, or fewer than twenty flows with its origin are known. */
  shapeFrequency?: ShapeFrequency
  /** What flows with its origin normally do after a step that it has, and it has not done in time. */
  missing?: MissingStep[]
}

/** How many of the flows with one origin have a shape. */
export interface ShapeFrequency {
  flows: number
  /** Flows with the same origin, whatever their shape. */
  ofFlows: number
  /** One in a hundred has it, or fewer. */
  rare: boolean
}

/** A kind of step, in a shape. Ids and numbers in its names are `#`. */
export interface ShapeStep {
  service: string
  /** `send` and `process` for steps that deal with messages (create and receive among them), or the span's kind. */
  kind: string
  /** The destination of a step that deals with messages, or the span's name. */
  name: string
  system?: string
  consumerGroup?: string
}

/** A step that has not come, although it normally does. */
export interface MissingStep extends ShapeStep {
  /** The step that it normally comes after. */
  after: StepRef
  /** So many flows with this origin went on to it, */
  flows: number
  /** of so many that had come to the step before. */
  ofFlows: number
  /** After how long it came there. */
  usualMs: { p50: number; p99: number }
  /** 99 in 100 had come by then. */
  overdueSinceUnixNano: string
}

/** How far a service's clock is ahead of that of the flow's origin. */
export interface ClockSkew {
  service: string
  offsetMs: number
  /** The offset is right to this much; missing where nothing bounds it from one side. */
  uncertaintyMs?: number
}

/** A span as a part of a flow. */
export interface Step extends StepRef {
  parentSpanId?: string
  service: string
  name: string
  kind: string
  operation?: Operation
  system?: string
  destination?: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: 'unset' | 'ok' | 'error'
  errorType?: string
  /** A step that belongs to more than one flow. */
  shared?: boolean
}

/** What became of a message. */
export type MessageState = 'in-flight' | 'processed' | 'failed' | 'dead-lettered' | 'lost' | 'unknown'

/** One thing a producer handed to a broker. */
export interface Message {
  key: string
  system: string
  destination: string
  id?: string
  coordinate?: string
  flowIds: string[]
  /** The step whose context travels with the message: its create or send span. */
  sent?: StepRef
  sentTimeUnixNano?: string
  brokerTimeUnixNano?: string
  attempts: Attempt[]
  state: MessageState
  /** Why a message that is in flight, lost or unknown is called that. */
  reasons?: LossReason[]
  /** Exact evidence that says something else than the context by which its deliveries were joined to it. */
  conflicts?: Conflict[]
}

/** What a delivery reports is what other steps report to have sent, and not the sender that it links to. */
export interface Conflict {
  evidence: 'coordinate' | 'message-id'
  /** The coordinate or id. */
  value: string
  /** The step that got the message. */
  step: StepRef
  /** The steps that report to have sent it. */
  senders: StepRef[]
}

/**
 * What a verdict on a message rests on:
 * - `no-consumer-telemetry`: no consumer of its destination has ever reported anything
 * - `not-read-yet`: its group has not come to it
 * - `read-past`: its group has got later messages of the same partition or stream
 * - `telemetry-may-come`: but so short a time ago that telemetry may be on its way
 * - `consumer-sampled`: the group's services record only some of their work
 * - `consumer-telemetry-gaps`: the group has read past many messages without a trace of them
 * - `acknowledged`, `consumer-telemetry-whole`: with `read-past`, what makes a message lost
 * - `before-first-read`: all groups began to read later in the log
 * - `duplicate`: the broker had it already and dropped this copy
 * - `aborted`: the transaction that it was sent in was aborted, so that nobody gets it
 * - `outcome-not-reported`: somebody received it, and nothing says what came of it
 */
export type LossReason =
  | 'no-consumer-telemetry'
  | 'not-read-yet'
  | 'read-past'
  | 'telemetry-may-come'
  | 'consumer-sampled'
  | 'consumer-telemetry-gaps'
  | 'acknowledged'
  | 'consumer-telemetry-whole'
  | 'before-first-read'
  | 'duplicate'
  | 'aborted'
  | 'outcome-not-reported'

/** One delivery of a message to one consumer group. */
export interface Attempt {
  /** From 1, per consumer group. */
  number: number
  /** The innermost step of the delivery: process within batch within receive. */
  step: StepRef
  consumerGroup?: string
  /** How long it waited in the queue, what its producer had asked for not counted. Never negative. */
  dwellMs?: number
  /** How long it was held back because its producer had asked for that. */
  delayMs?: number
  /** Where clocks were corrected: what `dwellMs` is as they stood, which may be negative, */
  rawDwellMs?: number
  /** and by how much it may still be wrong, if anything bounds that. */
  dwellUncertaintyMs?: number
  outcome: 'succeeded' | 'failed' | 'settled-negatively' | 'running' | 'unknown'
  /**
   * Why the message came again: the broker's reason for a dead letter, or else the error type or settlement
   * of the attempt before. `dwellMs` and `delayMs` are the backoff then. Missing where nothing says why.
   */
  cause?: string
}

/** What proves that one step caused another. */
export type Evidence = 'parent' | 'link' | 'coordinate' | 'message-id' | 'key' | 'flow-context' | 'inferred'

/** "from caused to". */
export interface Edge {
  from: StepRef
  to: StepRef
  evidence: Evidence
  messageKey?: string
  mayCause?: boolean
}

/** A typed piece of a flow's time. */
export interface Segment {
  kind: 'work' | 'dwell' | 'delay' | 'retry' | 'unknown'
  fromUnixNano: string
  toUnixNano: string
  step?: StepRef
  messageKey?: string
}
