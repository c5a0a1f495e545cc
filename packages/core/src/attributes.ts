import type { Attributes } from '@opentelemetry/api'
import type { FlowContext } from './flow-context.ts'
import type { Destination, Endpoint, MessageFacts } from './message.ts'
import type { SemconvGeneration } from './options.ts'
import * as names from './semconv.ts'

export type OperationType = 'create' | 'send' | 'receive' | 'process' | 'settle'

/** What an operation is, apart from its messages. */
export interface Operation {
  /** The broker's own verb: `send`, `publish`, `poll`, `ack`, … */
  readonly name: string
  /** Absent where the messages of one call have several. */
  readonly destination?: Destination
  readonly endpoint?: Endpoint
  /** Whether the client's call makes calls that are traced in turn: over HTTP, say. Then its span is active in it. */
  readonly nests?: boolean
}

/** `{operation} {destination}`, without names that would make too many (messaging spans, "Span name"). */
export function spanName(operation: Operation): string {
  const { name, destination } = operation
  const { serverAddress, serverPort } = operation.endpoint ?? {}
  if (!destination) return serverAddress ? `${name} ${serverAddress}:${serverPort}` : name
  const target = destination.template ?? (isLowCardinality(destination) ? destination.name : undefined)
  return target === undefined ? name : `${name} ${target}`
}

export function isLowCardinality(destination: Destination): boolean {
  return !destination.temporary && !destination.anonymous
}

/** The attributes of an operation as such. */
export function operationAttributes(system: string, operation: Operation, type: OperationType): Attributes {
  const attributes: Attributes = {
    [names.MESSAGING_SYSTEM_NAME]: system,
    [names.MESSAGING_OPERATION_NAME]: operation.name,
    [names.MESSAGING_OPERATION_TYPE]: type,
  }
  if (operation.destination) addDestination(attributes, operation.destination)
  if (operation.endpoint) addEndpoint(attributes, operation.endpoint, type)
  return attributes
}

function addDestination(attributes: Attributes, destination: Destination): void {
  attributes[names.MESSAGING_DESTINATION_NAME] = destination.name
  if (destination.template !== undefined)
    attributes[names.MESSAGING_DESTINATION_TEMPLATE] = destination.template
  if (destination.temporary) attributes[names.MESSAGING_DESTINATION_TEMPORARY] = true
  if (destination.anonymous) attributes[names.MESSAGING_DESTINATION_ANONYMOUS] = true
}

function addEndpoint(attributes: Attributes, endpoint: Endpoint, type: OperationType): void {
  set(attributes, names.SERVER_ADDRESS, endpoint.serverAddress)
  set(attributes, names.SERVER_PORT, endpoint.serverPort)
  set(attributes, names.AWS_SQS_QUEUE_URL, endpoint.queueUrl)
  if (type !== 'create') set(attributes, names.MESSAGING_CLIENT_ID, endpoint.clientId)
  if (type !== 'create' && type !== 'send') {
    set(attributes, names.MESSAGING_CONSUMER_GROUP_NAME, endpoint.consumerGroup)
  }
}

/** The attributes of one message, for its own span or, in a batch, for its link. */
export function addMessage(attributes: Attributes, facts: MessageFacts): Attributes {
  if (facts.destination) addDestination(attributes, facts.destination)
  set(attributes, names.MESSAGING_DESTINATION_PARTITION_ID, facts.partition)
  set(attributes, names.MESSAGING_MESSAGE_ID, facts.id)
  set(attributes, names.MESSAGING_MESSAGE_CONVERSATION_ID, facts.conversationId)
  set(attributes, names.MESSAGING_MESSAGE_BODY_SIZE, facts.bodySize)
  set(attributes, names.KAFKA_MESSAGE_KEY, facts.key)
  if (facts.tombstone) attributes[names.KAFKA_MESSAGE_TOMBSTONE] = true
  set(attributes, names.KAFKA_OFFSET, facts.offset)
  set(attributes, names.RABBITMQ_DESTINATION_ROUTING_KEY, facts.routingKey)
  set(attributes, names.RABBITMQ_MESSAGE_DELIVERY_TAG, facts.deliveryTag)
  set(attributes, names.FLOWSTITCH_MESSAGE_COORDINATE, facts.coordinate)
  set(attributes, names.FLOWSTITCH_MESSAGE_ORIGINAL, facts.original)
  set(attributes, names.FLOWSTITCH_MESSAGE_ATTEMPT, facts.attempt)
  if (facts.duplicate) attributes[names.FLOWSTITCH_MESSAGE_DUPLICATE] = true
  set(attributes, names.FLOWSTITCH_MESSAGE_BROKER_TIME, facts.brokerTimeMs)
  set(attributes, names.FLOWSTITCH_MESSAGE_DELAY, facts.delayMs || undefined)
  if (facts.deadLetter) {
    set(attributes, names.FLOWSTITCH_DEAD_LETTER_SOURCE, facts.deadLetter.source)
    set(attributes, names.FLOWSTITCH_DEAD_LETTER_REASON, facts.deadLetter.reason)
  }
  return attributes
}

/** How long a message has been on its way. Clocks that disagree give 0 and say so. */
export interface Delays {
  readonly dwellMs?: number
  readonly ageMs?: number
  readonly skewed: boolean
}

/**
 * Dwell counts from the broker's time, or the sending where the broker tells none, and is known for a first
 * attempt only: no broker says when it began to offer a message again.
 */
export function delaysOf(facts: MessageFacts, flow: FlowContext | undefined, nowMs: number): Delays {
  const since = (ms: number | undefined, now = nowMs): number | undefined =>
    ms === undefined ? undefined : now - ms
  const { brokerTimeMs, deliveryTimeMs, sentTimeMs } = facts
  const first = (facts.attempt ?? 1) === 1 && !facts.deadLetter
  const waited = since(brokerTimeMs, deliveryTimeMs) ?? since(flow?.sentMs ?? sentTimeMs)
  const dwell = first ? waited : undefined
  const age = since(flow?.sentMs ?? sentTimeMs ?? brokerTimeMs)
  return {
    dwellMs: dwell && Math.max(0, dwell),
    ageMs: age && Math.max(0, age),
    skewed: (dwell ?? 0) < 0 || (age ?? 0) < 0,
  }
}

export function addDelays(attributes: Attributes, delays: Delays): void {
  set(attributes, names.FLOWSTITCH_MESSAGE_DWELL, delays.dwellMs)
  set(attributes, names.FLOWSTITCH_MESSAGE_AGE, delays.ageMs)
  if (delays.skewed) attributes[names.FLOWSTITCH_CLOCK_SKEW] = true
}

export function addFlow(attributes: Attributes, flow: FlowContext | undefined): void {
  if (!flow) return
  attributes[names.FLOWSTITCH_FLOW_ID] = flow.flowId
  attributes[names.FLOWSTITCH_FLOW_HOP] = flow.hop
}

/** The attributes in the names of the chosen generation. */
export function inGeneration(attributes: Attributes, generation: SemconvGeneration): Attributes {
  if (generation === '1.45') return attributes
  const renamed: Attributes = generation === 'dup' ? attributes : {}
  for (const [name, value] of Object.entries(attributes)) {
    renamed[names.NAMES_BEFORE_1_45[name] ?? name] =
      name === names.MESSAGING_SYSTEM_NAME ? (names.SYSTEMS_BEFORE_1_45[String(value)] ?? value) : value
  }
  return renamed
}

/** Facts come out of messages that anybody may have written: what is neither text nor a number is none. */
function set(attributes: Attributes, name: string, value: string | number | undefined): void {
  if (typeof value === 'string' || Number.isFinite(value)) attributes[name] = value
}
