import { Type } from '@sinclair/typebox'
import type { TSchema } from '@sinclair/typebox'
import type * as model from '@flowstitch/correlator'
import type { Problem } from './problem.ts'
import {
  count,
  coverage,
  describes,
  milliseconds,
  names,
  oneOf,
  ref,
  shapeId,
  stepRef,
  traceId,
  unixNano,
} from './schema-parts.ts'
import { shapeComponents } from './shape-schemas.ts'

const flowState = oneOf('active', 'quiet', 'failed', 'stalled')
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
  parentSpanId: Type.Optional(stepRef.spanId),
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
  cursor: Type.Optional(
    Type.String({
      description:
        'There is more: steps, messages, edges and criticalPath are a page of the flow’s, and this hands over to the next one. All pages are of one moment; 410 when that is kept no more.',
    }),
  ),
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

const Topology = Type.Object({
  nodes: Type.Array(ref<model.TopologyNode>('TopologyNode')),
  edges: Type.Array(ref<model.TopologyEdge>('TopologyEdge')),
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
  ...shapeComponents,
  Problem: describes<Problem>()(Problem),
}
