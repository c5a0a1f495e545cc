import type { Attributes } from '@opentelemetry/api'
import type { FlowContext } from '../propagation/flow-context.ts'
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
  put(attributes, names.SERVER_ADDRESS, endpoint.serverAddress)
  put(attributes, names.SERVER_PORT, endpoint.serverPort)
  if (type !== 'create' && type !== 'send') {
    put(attributes, names.MESSAGING_CONSUMER_GROUP_NAME, endpoint.consumerGroup)
  }
  return attributes
}

/** The rest of an operation's own attributes. */
export function detailAttributes({ endpoint = {} }: Operation, type: OperationType): Attributes {
  const attributes: Attributes = {}
  put(attributes, names.AWS_SQS_QUEUE_URL, endpoint.queueUrl)
  if (type !== 'create') put(attributes, names.MESSAGING_CLIENT_ID, endpoint.clientId)
  if (type === 'create' || type === 'process') return attributes
  put(attributes, names.NETWORK_PEER_ADDRESS, endpoint.peerAddress)
  put(attributes, names.NETWORK_PEER_PORT, endpoint.peerPort)
  return attributes
}

/** The attributes with those of one message that samplers may ask for: where it goes, or comes from. */
export function withPlace(attributes: Attributes, { destination, partition }: MessageFacts): Attributes {
  if (!destination && partition === undefined) return attributes
  return addPlace({ ...attributes }, { destination, partition })
}

export function addPlace(attributes: Attributes, { destination, partition }: MessageFacts): Attributes {
  if (destination) addDestination(attributes, destination)
  put(attributes, names.MESSAGING_DESTINATION_PARTITION_ID, partition)
  return attributes
}

function addDestination(attributes: Attributes, destination: Destination): void {
  attributes[names.MESSAGING_DESTINATION_NAME] = destination.name
  if (destination.template !== undefined)
    attributes[names.MESSAGING_DESTINATION_TEMPLATE] = destination.template
  if (destination.temporary) attributes[names.MESSAGING_DESTINATION_TEMPORARY] = true
  if (destination.anonymous) attributes[names.MESSAGING_DESTINATION_ANONYMOUS] = true
}

/** The rest of one message's attributes. */
export function messageAttributes(facts: MessageFacts): Attributes {
  const attributes: Attributes = {}
  put(attributes, names.MESSAGING_MESSAGE_ID, facts.id)
  put(attributes, names.MESSAGING_MESSAGE_CONVERSATION_ID, facts.conversationId)
  put(attributes, names.MESSAGING_MESSAGE_BODY_SIZE, facts.bodySize)
  put(attributes, names.KAFKA_MESSAGE_KEY, facts.key)
  if (facts.tombstone) attributes[names.KAFKA_MESSAGE_TOMBSTONE] = true
  put(attributes, names.KAFKA_OFFSET, facts.offset)
  put(attributes, names.RABBITMQ_DESTINATION_ROUTING_KEY, facts.routingKey)
  put(attributes, names.RABBITMQ_MESSAGE_DELIVERY_TAG, facts.deliveryTag)
  put(attributes, names.FLOWSTITCH_MESSAGE_COORDINATE, facts.coordinate)
  put(attributes, names.FLOWSTITCH_MESSAGE_ORIGINAL, facts.original)
  put(attributes, names.FLOWSTITCH_MESSAGE_ATTEMPT, facts.attempt)
  if (facts.duplicate) attributes[names.FLOWSTITCH_MESSAGE_DUPLICATE] = true
  put(attributes, names.FLOWSTITCH_MESSAGE_BROKER_TIME, facts.brokerTimeMs)
  put(attributes, names.FLOWSTITCH_MESSAGE_DELAY, facts.delayMs || undefined)
  if (!facts.deadLetter) return attributes
  put(attributes, names.FLOWSTITCH_DEAD_LETTER_SOURCE, facts.deadLetter.source)
  put(attributes, names.FLOWSTITCH_DEAD_LETTER_REASON, facts.deadLetter.reason)
  return attributes
}

export function addFlow(attributes: Attributes, flow: FlowContext): void {
  attributes[names.FLOWSTITCH_FLOW_ID] = flow.flowId
  attributes[names.FLOWSTITCH_FLOW_HOP] = flow.hop
}

/** Facts come out of messages that anybody may have written: what is neither text nor a number is none. */
export function put(attributes: Attributes, name: string, value: string | number | undefined): void {
  if (typeof value === 'string' || Number.isFinite(value)) attributes[name] = value
}
