import { Type } from '@sinclair/typebox'
import type { Static, TSchema, TUnsafe } from '@sinclair/typebox'
import type * as model from '@flowstitch/correlator'
import type { Problem } from './problem.ts'

/** Names a component of the OpenAPI document. */
export function ref<T>(name: string): TUnsafe<T> {
  return Type.Unsafe<T>({ $ref: `#/components/schemas/${name}` })
}

const traceId = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Trace id, lower-case hex.' })
const spanId = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Span id, lower-case hex.' })
const shapeId = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description:
    'What a flow does, as an id: flows with the same kinds of steps and causes have the same shape.',
})
const unixNano = Type.String({ pattern: '^[0-9]+$', description: 'Nanoseconds since the epoch, decimal.' })
const count = Type.Integer({ minimum: 0 })
const milliseconds = Type.Number({ minimum: 0, description: 'Milliseconds.' })
const names = Type.Array(Type.String())

const flowState = oneOf('active', 'quiet', 'failed', 'stalled')
const stepRef = { traceId, spanId }
const StepRef = Type.Object(stepRef)

const lossReason = oneOf(
  'no-consumer-telemetry',
  'not-read-yet',
  'read-past',
  'telemetry-may-come',
  'consumer-sampled',
  'consumer-telemetry-gaps',
  'acknowledged',
  'consumer-telemetry-whole',
  'before-first-read',
  'duplicate',
  'aborted',
  'outcome-not-reported',
)

const flowSummary = {
  id: traceId,
  state: flowState,
  origin: Type.Object({ ...stepRef, service: Type.String(), name: Type.String() }),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  durationMs: milliseconds,
  stepCount: count,
  traceCount: count,
  messageCount: count,
  attemptCount: count,
  errorCount: count,
  services: names,
  destinations: names,
  systems: names,
  shape: shapeId,
  missingCount: Type.Optional(
    Type.Integer({ minimum: 1, description: 'How many steps it normally would have by now, and has not.' }),
  ),
  version: Type.Integer({ minimum: 0, description: 'Grows whenever the flow changes.' }),
}
const FlowSummary = Type.Object(flowSummary)

const Step = Type.Object({
  ...stepRef,
  parentSpanId: Type.Optional(spanId),
  service: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  operation: Type.Optional(oneOf('create', 'send', 'receive', 'process', 'settle')),
  system: Type.Optional(Type.String()),
  destination: Type.Optional(Type.String()),
  startTimeUnixNano: unixNano,
  endTimeUnixNano: unixNano,
  status: oneOf('unset', 'ok', 'error'),
  errorType: Type.Optional(Type.String()),
  shared: Type.Optional(Type.Boolean({ description: 'Belongs to more than one flow.' })),
})

const Attempt = Type.Object({
  number: Type.Integer({ minimum: 1, description: 'From 1, per consumer group.' }),
  step: ref<model.StepRef>('StepRef'),
  consumerGroup: Type.Optional(Type.String()),
  dwellMs: Type.Optional(milliseconds),
  delayMs: Type.Optional(milliseconds),
  rawDwellMs: Type.Optional(Type.Number({ description: 'As the clocks stood; may be negative.' })),
  dwellUncertaintyMs: Type.Optional(milliseconds),
  outcome: oneOf('succeeded', 'failed', 'settled-negatively', 'running', 'unknown'),
  cause: Type.Optional(Type.String({ description: 'Why the message came again.' })),
})

const Conflict = Type.Object({
  evidence: oneOf('coordinate', 'message-id'),
  value: Type.String({ description: 'The coordinate or id.' }),
  step: ref<model.StepRef>('StepRef'),
  senders: Type.Array(ref<model.StepRef>('StepRef')),
})

const Message = Type.Object({
  key: Type.String(),
  system: Type.String(),
  destination: Type.String(),
  id: Type.Optional(Type.String()),
  coordinate: Type.Optional(Type.String({ description: 'Where the broker put it: kafka/orders/3/1842.' })),
  flowIds: Type.Array(traceId),
  sent: Type.Optional(ref<model.StepRef>('StepRef')),
  sentTimeUnixNano: Type.Optional(unixNano),
  brokerTimeUnixNano: Type.Optional(unixNano),
  attempts: Type.Array(ref<model.Attempt>('Attempt')),
  state: oneOf('in-flight', 'processed', 'failed', 'dead-lettered', 'lost', 'unknown'),
  reasons: Type.Optional(
    Type.Array(lossReason, { description: 'Why it is called in flight, lost or unknown.' }),
  ),
  conflicts: Type.Optional(
    Type.Array(ref<model.Conflict>('Conflict'), {
      description: 'Exact evidence that says something else than the context it was joined by.',
    }),
  ),
})

const Edge = Type.Object({
  from: ref<model.StepRef>('StepRef'),
  to: ref<model.StepRef>('StepRef'),
  evidence: oneOf('parent', 'link', 'coordinate', 'message-id', 'key', 'flow-context', 'inferred'),
  messageKey: Type.Optional(Type.String()),
  mayCause: Type.Optional(Type.Boolean()),
})

const Segment = Type.Object({
  kind: oneOf('work', 'dwell', 'delay', 'retry', 'unknown'),
  fromUnixNano: unixNano,
  toUnixNano: unixNano,
  step: Type.Optional(ref<model.StepRef>('StepRef')),
  messageKey: Type.Optional(Type.String()),
})

const ClockSkew = Type.Object({
  service: Type.String(),
  offsetMs: Type.Number(),
  uncertaintyMs: Type.Optional(milliseconds),
})

const ShapeFrequency = Type.Object({
  flows: count,
  ofFlows: Type.Integer({ minimum: 0, description: 'Flows with the same origin, whatever their shape.' }),
  rare: Type.Boolean({ description: 'One in a hundred has it, or fewer.' }),
})

const shapeStep = {
  service: Type.String(),
  kind: Type.String({
    description: 'send or process for steps that deal with messages, or the span’s kind.',
  }),
  name: Type.String({
    description: 'The destination of a step that deals with messages, or the span’s name.',
  }),
  system: Type.Optional(Type.String()),
  consumerGroup: Type.Optional(Type.String()),
}
const ShapeStep = Type.Object(shapeStep, { description: 'Ids and numbers in its names are #.' })

const MissingStep = Type.Object({
  ...shapeStep,
  after: ref<model.StepRef>('StepRef'),
  flows: Type.Integer({ minimum: 0, description: 'So many flows with this origin went on to it,' }),
  ofFlows: Type.Integer({ minimum: 0, description: 'of so many that had come to the step before.' }),
  usualMs: Type.Object({ p50: milliseconds, p99: milliseconds }),
  overdueSinceUnixNano: unixNano,
})

const Flow = Type.Object({
  ...flowSummary,
  steps: Type.Array(ref<model.Step>('Step')),
  messages: Type.Array(ref<model.Message>('Message')),
  edges: Type.Array(ref<model.Edge>('Edge')),
  criticalPath: Type.Array(ref<model.Segment>('Segment')),
  clocks: Type.Optional(
    Type.Array(ref<model.ClockSkew>('ClockSkew'), {
      description: 'Services whose clocks are provably wrong, as against the origin’s.',
    }),
  ),
  truncated: Type.Optional(Type.Object({ reason: Type.String(), omittedSteps: count })),
  shapeFrequency: Type.Optional(ref<model.ShapeFrequency>('ShapeFrequency')),
  missing: Type.Optional(
    Type.Array(ref<model.MissingStep>('MissingStep'), {
      description:
        'What flows with its origin normally do after a step that it has, and it has not done in time.',
    }),
  ),
})

const TopologyNode = Type.Object({
  id: Type.String(),
  kind: oneOf('service', 'destination', 'consumer-group'),
  name: Type.String(),
  system: Type.Optional(Type.String()),
})

const TopologyEdge = Type.Object({
  from: Type.String(),
  to: Type.String(),
  count,
  errorCount: count,
  dwellMs: Type.Optional(Type.Object({ p50: milliseconds, p90: milliseconds, p99: milliseconds })),
})

const coverage = {
  complete: Type.Boolean({ description: 'Whether the answer covers everything that is stored.' }),
  sinceUnixNano: Type.Optional(
    Type.String({
      pattern: '^[0-9]+$',
      description: 'After a start, until all is taken in: it covers traces that start since then.',
    }),
  ),
  waitingTraces: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Traces with news that it does not cover yet.' }),
  ),
}

const Topology = Type.Object({
  nodes: Type.Array(ref<model.TopologyNode>('TopologyNode')),
  edges: Type.Array(ref<model.TopologyEdge>('TopologyEdge')),
  ...coverage,
})

const percentiles = Type.Object({ p50: milliseconds, p90: milliseconds, p99: milliseconds })

const ShapeReport = Type.Object({
  id: shapeId,
  flows: count,
  failed: count,
  truncated: count,
  rare: Type.Boolean(),
  durationMs: percentiles,
  stepCount: Type.Object({ p50: Type.Number(), p90: Type.Number(), p99: Type.Number() }),
  steps: Type.Array(
    Type.Object({
      ...shapeStep,
      after: Type.Array(Type.Integer(), { description: 'The places in this list of what causes it.' }),
    }),
  ),
  newestFlowIds: Type.Array(traceId, { maxItems: 3 }),
})

const OriginReport = Type.Object({
  service: Type.String(),
  name: Type.String({ description: 'Of the origin’s span; ids and numbers in it are #.' }),
  flows: count,
  shapes: Type.Array(ref<model.ShapeReport>('ShapeReport')),
  otherFlows: Type.Optional(Type.Integer({ minimum: 1, description: 'Flows of other shapes than those.' })),
})

const ShapeReports = Type.Object({
  origins: Type.Array(ref<model.OriginReport>('OriginReport')),
  cursor: Type.Optional(Type.String()),
  skippedTraces: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Traces that nobody could look at: the numbers are of a sample.',
    }),
  ),
  ...coverage,
})

const messageCounts = {
  sent: count,
  processed: count,
  inFlight: count,
  failed: count,
  retried: count,
  deadLettered: count,
  lost: count,
  unknown: count,
  oldestInFlightUnixNano: Type.Optional(unixNano),
  reasons: Type.Unsafe<model.MessageCounts['reasons']>({
    type: 'object',
    additionalProperties: count,
    propertyNames: lossReason,
    description: 'On what the verdicts in flight, lost and unknown rest, and how many on each.',
  }),
}

const ConsumerGroupReport = Type.Object({ consumerGroup: Type.String(), ...messageCounts })

const DestinationReport = Type.Object({
  system: Type.String(),
  destination: Type.String(),
  ...messageCounts,
  groups: Type.Array(ref<model.ConsumerGroupReport>('ConsumerGroupReport')),
})

const DestinationReports = Type.Object({
  destinations: Type.Array(ref<model.DestinationReport>('DestinationReport')),
  ...coverage,
})

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
})

/** The schemas that answers are made of, by their names in the OpenAPI document. */
export const components: Record<string, TSchema> = {
  StepRef: describes<model.StepRef>()(StepRef),
  FlowSummary: describes<model.FlowSummary>()(FlowSummary),
  Flow: describes<model.Flow>()(Flow),
  ClockSkew: describes<model.ClockSkew>()(ClockSkew),
  Step: describes<model.Step>()(Step),
  Message: describes<model.Message>()(Message),
  Attempt: describes<model.Attempt>()(Attempt),
  Conflict: describes<model.Conflict>()(Conflict),
  Edge: describes<model.Edge>()(Edge),
  Segment: describes<model.Segment>()(Segment),
  Topology: describes<model.Topology>()(Topology),
  TopologyNode: describes<model.TopologyNode>()(TopologyNode),
  TopologyEdge: describes<model.TopologyEdge>()(TopologyEdge),
  ConsumerGroupReport: describes<model.ConsumerGroupReport>()(ConsumerGroupReport),
  DestinationReport: describes<model.DestinationReport>()(DestinationReport),
  DestinationReports: describes<model.DestinationReports>()(DestinationReports),
  ShapeFrequency: describes<model.ShapeFrequency>()(ShapeFrequency),
  ShapeStep: describes<model.ShapeStep>()(ShapeStep),
  MissingStep: describes<model.MissingStep>()(MissingStep),
  ShapeReport: describes<model.ShapeReport>()(ShapeReport),
  OriginReport: describes<model.OriginReport>()(OriginReport),
  ShapeReports: describes<model.ShapeReports>()(ShapeReports),
  Problem: describes<Problem>()(Problem),
}

/** One of a few strings. */
export function oneOf<const Values extends string[]>(...values: Values): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values })
}

/** Compiles only for a schema that says what the correlator's type says, no property more or fewer. */
function describes<Model>() {
  return <Schema extends TSchema>(
    schema: Same<Static<Schema>, Model> extends true ? Schema : never,
  ): TSchema => schema
}

type Same<A, B> = [A, keyof A] extends [B, keyof B]
  ? [B, keyof B] extends [A, keyof A]
    ? true
    : false
  : false
