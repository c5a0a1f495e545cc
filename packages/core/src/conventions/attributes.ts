import type { Attributes } from '@opentelemetry/api'
import type { FlowContext } from '../propagation/flow-context.ts'
import type { AttributeSink } from './generation.ts'
import type { Destination, Endpoint, MessageFacts } from '../model/message.ts'
import * as names from '../semconv.ts'

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
export function spanName({ name, destination, endpoint }: Operation): string {
  const { serverAddress, serverPort } = endpoint ?? {}
  if (!destination) return serverAddress ? `${name} ${serverAddress}:${serverPort}` : name
  const target = destination.template ?? (isLowCardinality(destination) ? destination.name : undefined)
  return target === undefined ? name : `${name} ${target}`
}

export function isLowCardinality(destination: Destination): boolean {
  return !destination.temporary && !destination.anonymous
}

/** The attributes of an operation as such that samplers may ask for. */
export function operationAttributes(system: string, operation: Operation, type: OperationType): Attributes {
  const { name, destination, endpoint = {} } = operation
  const attributes: Attributes = {
    [names.MESSAGING_SYSTEM_NAME]: system,
    [names.MESSAGING_OPERATION_NAME]: name,
    [names.MESSAGING_OPERATION_TYPE]: type,
  }
  if (destination) addDestination(attributes, destination)
  set(attributes, names.SERVER_ADDRESS, endpoint.serverAddress)
  set(attributes, names.SERVER_PORT, endpoint.serverPort)
  if (type !== 'create' && type !== 'send') {
    set(attributes, names.MESSAGING_CONSUMER_GROUP_NAME, endpoint.consumerGroup)
  }
  return attributes
}

/** The attributes with those of one message that samplers may ask for: where it goes, or comes from. */
export function withPlace(attributes: Attributes, { destination, partition }: MessageFacts): Attributes {
  if (!destination && partition === undefined) return attributes
  return addPlace({ ...attributes }, { destination, partition })
}

export function addPlace(attributes: Attributes, { destination, partition }: MessageFacts): Attributes {
  if (destination) addDestination(attributes, destination)
  set(attributes, names.MESSAGING_DESTINATION_PARTITION_ID, partition)
  return attributes
}

function addDestination(attributes: Attributes, destination: Destination): void {
  attributes[names.MESSAGING_DESTINATION_NAME] = destination.name
  if (destination.template !== undefined)
    attributes[names.MESSAGING_DESTINATION_TEMPLATE] = destination.template
  if (destination.temporary) attributes[names.MESSAGING_DESTINATION_TEMPORARY] = true
  if (destination.anonymous) attributes[names.MESSAGING_DESTINATION_ANONYMOUS] = true
}

function set(attributes: Attributes, name: string, value: string | number | undefined): void {
  if (isFact(value)) attributes[name] = value
}

/** The rest of an operation's own attributes. */
export function describeEndpoint(
  to: AttributeSink,
  endpoint: Endpoint | undefined,
  type: OperationType,
): void {
  put(to, names.AWS_SQS_QUEUE_URL, endpoint?.queueUrl)
  if (type !== 'create') put(to, names.MESSAGING_CLIENT_ID, endpoint?.clientId)
}

/** The rest of one message's attributes. */
export function describeMessage(to: AttributeSink, facts: MessageFacts): void {
  put(to, names.MESSAGING_MESSAGE_ID, facts.id)
  put(to, names.MESSAGING_MESSAGE_CONVERSATION_ID, facts.conversationId)
  put(to, names.MESSAGING_MESSAGE_BODY_SIZE, facts.bodySize)
  put(to, names.KAFKA_MESSAGE_KEY, facts.key)
  if (facts.tombstone) to.setAttribute(names.KAFKA_MESSAGE_TOMBSTONE, true)
  put(to, names.KAFKA_OFFSET, facts.offset)
  put(to, names.RABBITMQ_DESTINATION_ROUTING_KEY, facts.routingKey)
  put(to, names.RABBITMQ_MESSAGE_DELIVERY_TAG, facts.deliveryTag)
  put(to, names.FLOWSTITCH_MESSAGE_COORDINATE, facts.coordinate)
  put(to, names.FLOWSTITCH_MESSAGE_ORIGINAL, facts.original)
  put(to, names.FLOWSTITCH_MESSAGE_ATTEMPT, facts.attempt)
  if (facts.duplicate) to.setAttribute(names.FLOWSTITCH_MESSAGE_DUPLICATE, true)
  put(to, names.FLOWSTITCH_MESSAGE_BROKER_TIME, facts.brokerTimeMs)
  put(to, names.FLOWSTITCH_MESSAGE_DELAY, facts.delayMs || undefined)
  if (!facts.deadLetter) return
  put(to, names.FLOWSTITCH_DEAD_LETTER_SOURCE, facts.deadLetter.source)
  put(to, names.FLOWSTITCH_DEAD_LETTER_REASON, facts.deadLetter.reason)
}

export function describeFlow(to: AttributeSink, flow: FlowContext | undefined): void {
  if (!flow) return
  to.setAttribute(names.FLOWSTITCH_FLOW_ID, flow.flowId)
  to.setAttribute(names.FLOWSTITCH_FLOW_HOP, flow.hop)
}

export function put(to: AttributeSink, name: string, value: string | number | undefined): void {
  if (isFact(value)) to.setAttribute(name, value)
}

/** Facts come out of messages that anybody may have written: what is neither text nor a number is none. */
function isFact(value: string | number | undefined): value is string | number {
  return typeof value === 'string' || Number.isFinite(value)
}
