import type { Edge, Flow, Message, Step } from '@flowstitch/correlator'
import { keyOf } from '../terminal/tree.ts'
import type { Check, Evidence, Symptom } from './finding.ts'

/** Everything the doctor looks for, the gravest first. A new check is a new entry. */
export const checks: Check[] = [
  {
    name: 'messages arrive without context',
    severity: 'broken',
    fix: 'Have the producer inject trace context into message headers and the consumer link to it; @flowstitch wraps both ends.',
    find: (evidence) => evidence.flows.flatMap((flow) => consumerOrigin(flow, evidence)),
  },
  {
    name: 'telemetry is missing in between',
    severity: 'broken',
    fix: 'A service on the way does not export its spans, or samples for itself; give it an exporter and a parent-based sampler.',
    find: eachEdge(({ evidence }) =>
      evidence === 'flow-context' ? 'is reached by flow context alone' : undefined,
    ),
  },
  {
    name: 'batches without a context a message',
    severity: 'broken',
    fix: 'Open a span or a context per message inside the batch handler: what a batch sends can only be guessed to belong to all its messages.',
    find: eachEdge(({ mayCause }) =>
      mayCause ? 'does work in a batch that no one message can be told to have caused' : undefined,
    ),
  },
  {
    name: 'messages sent and never seen again',
    severity: 'broken',
    fix: 'Instrument the consumer, or give its spans messaging.destination.name and a link to each message.',
    find: ({ destinations }) =>
      destinations
        .filter(({ sent, processed }) => sent > 0 && processed === 0)
        .map(({ system, destination }) => ({
          where: `${system} ${destination}`,
          what: 'is sent to, and no consumer span is known',
        })),
  },
  {
    name: 'messaging.destination.name is missing',
    severity: 'broken',
    fix: 'Set messaging.destination.name on every messaging span: without it a message has no place on the map.',
    find: eachStep(({ operation, system, destination, name }) =>
      (operation || system) && !destination ? `span ${name} names no destination` : undefined,
    ),
  },
  {
    name: 'messaging.system is missing',
    severity: 'broken',
    fix: 'Set messaging.system (kafka, rabbitmq, aws_sqs, nats, …) on producer and consumer spans.',
    find: eachStep(({ kind, system, name }) =>
      isMessagingKind(kind) && !system ? `${kind} span ${name} names no system` : undefined,
    ),
  },
  {
    name: 'messaging.operation.type is missing',
    severity: 'blind',
    fix: 'Set messaging.operation.type (create, send, receive, process, settle).',
    find: eachStep(({ kind, system, operation, name }) =>
      isMessagingKind(kind) && system && !operation ? `${kind} span ${name} names no operation` : undefined,
    ),
  },
  {
    name: 'the service has no name',
    severity: 'blind',
    fix: 'Set OTEL_SERVICE_NAME, or service.name of the resource.',
    find: eachStep(({ service }) =>
      service === '' || service.startsWith('unknown_service') ? 'has no service.name' : undefined,
    ),
  },
  {
    name: 'messages without id or coordinate',
    severity: 'blind',
    fix: 'Record messaging.message.id, or the place the broker gave it (partition and offset, stream and sequence), so that a message can be found and joined when its headers are lost.',
    find: eachMessage(({ id, coordinate }) =>
      id === undefined && coordinate === undefined ? 'messages carry neither id nor coordinate' : undefined,
    ),
  },
  {
    name: 'time in the queue is unknown',
    severity: 'blind',
    fix: 'Export the producer’s spans, or have the consumer record the broker’s timestamp.',
    find: eachMessage(({ attempts }) =>
      attempts.some(({ dwellMs }) => dwellMs === undefined)
        ? 'messages are handled after an unknown wait'
        : undefined,
    ),
  },
]

/** A flow that begins with a consumer had a producer that it does not know of. */
function consumerOrigin(flow: Flow, { flows }: Evidence): Symptom[] {
  const origin = flow.steps.find((step) => keyOf(step) === keyOf(flow.origin))
  if (!origin || !isConsumer(origin)) return []
  const { destination = 'an unnamed destination' } = origin
  const senders = new Set(
    flows.flatMap(({ steps }) =>
      steps.filter((step) => isSend(step) && step.destination === destination).map(({ service }) => service),
    ),
  )
  const known = senders.size > 0 ? `, though ${[...senders].sort().join(' and ')} sends there` : ''
  return [
    {
      where: origin.service,
      what: `consumes ${destination} without a link or parent to a producer${known}`,
      flowId: flow.id,
    },
  ]
}

function isConsumer({ operation, kind }: Step): boolean {
  return (
    operation === 'process' || operation === 'receive' || (operation === undefined && kind === 'consumer')
  )
}

function isSend({ operation }: Step): boolean {
  return operation === 'send' || operation === 'create'
}

function isMessagingKind(kind: string): boolean {
  return kind === 'producer' || kind === 'consumer'
}

function eachStep(judge: (step: Step) => string | undefined): Check['find'] {
  return ({ flows }) =>
    flows.flatMap((flow) =>
      flow.steps.flatMap((step) => symptom(step.service || '(no name)', judge(step), flow)),
    )
}

function eachMessage(judge: (message: Message) => string | undefined): Check['find'] {
  return ({ flows }) =>
    flows.flatMap((flow) =>
      flow.messages.flatMap((message) =>
        symptom(`${message.system} ${message.destination}`, judge(message), flow),
      ),
    )
}

function eachEdge(judge: (edge: Edge) => string | undefined): Check['find'] {
  return ({ flows }) =>
    flows.flatMap((flow) => {
      const services = new Map(flow.steps.map((step) => [keyOf(step), step.service]))
      return flow.edges.flatMap((edge) =>
        symptom(services.get(keyOf(edge.to)) ?? '(unknown)', judge(edge), flow),
      )
    })
}

function symptom(where: string, what: string | undefined, { id }: Flow): Symptom[] {
  return what === undefined ? [] : [{ where, what, flowId: id }]
}
