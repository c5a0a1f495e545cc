/**
 * Attribute, metric and value names, vendored from OpenTelemetry's semantic conventions 1.45.0, which
 * have not declared any messaging name stable yet: a dependency would change telemetry on an update.
 * The comment behind each name is its place in the specification (`docs/messaging/…`), or `own` for the
 * names that no convention has.
 */

export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.45.0'
export const SCHEMA_URL_1_44 = 'https://opentelemetry.io/schemas/1.44.0'

export const MESSAGING_SYSTEM_NAME = 'messaging.system.name' // messaging-spans: Messaging attributes
export const MESSAGING_OPERATION_NAME = 'messaging.operation.name' // messaging-spans: Operation types
export const MESSAGING_OPERATION_TYPE = 'messaging.operation.type' // messaging-spans: Operation types
export const MESSAGING_DESTINATION_NAME = 'messaging.destination.name' // messaging-spans: Messaging attributes
export const MESSAGING_DESTINATION_TEMPLATE = 'messaging.destination.template' // messaging-spans: Span name
export const MESSAGING_DESTINATION_PARTITION_ID = 'messaging.destination.partition.id' // messaging-spans
export const MESSAGING_DESTINATION_TEMPORARY = 'messaging.destination.temporary' // rabbitmq
export const MESSAGING_DESTINATION_ANONYMOUS = 'messaging.destination.anonymous' // rabbitmq
export const MESSAGING_MESSAGE_ID = 'messaging.message.id' // messaging-spans: Message attributes
export const MESSAGING_MESSAGE_CONVERSATION_ID = 'messaging.message.conversation_id' // messaging-spans
export const MESSAGING_MESSAGE_BODY_SIZE = 'messaging.message.body.size' // messaging-spans: opt-in
export const MESSAGING_BATCH_MESSAGE_COUNT = 'messaging.batch.message_count' // messaging-spans: Batch
export const MESSAGING_CLIENT_ID = 'messaging.client.id' // messaging-spans
export const MESSAGING_CONSUMER_GROUP_NAME = 'messaging.consumer.group.name' // kafka
export const SERVER_ADDRESS = 'server.address' // general/attributes: stable
export const SERVER_PORT = 'server.port' // general/attributes: stable
export const NETWORK_PEER_ADDRESS = 'network.peer.address' // general/attributes: stable
export const NETWORK_PEER_PORT = 'network.peer.port' // general/attributes: stable
export const ERROR_TYPE = 'error.type' // general/recording-errors: stable

export const KAFKA_MESSAGE_KEY = 'kafka.message.key' // kafka
export const KAFKA_MESSAGE_TOMBSTONE = 'kafka.message.tombstone' // kafka
export const KAFKA_OFFSET = 'kafka.offset' // kafka
export const RABBITMQ_DESTINATION_ROUTING_KEY = 'rabbitmq.destination.routing_key' // rabbitmq
export const RABBITMQ_MESSAGE_DELIVERY_TAG = 'rabbitmq.message.delivery_tag' // rabbitmq
export const AWS_SQS_QUEUE_URL = 'aws.sqs.queue.url' // sqs
export const AWS_REQUEST_ID = 'aws.request_id' // sqs

export const FAAS_TRIGGER = 'faas.trigger' // faas/faas-spans: General attributes
export const FAAS_COLDSTART = 'faas.coldstart' // faas/faas-spans: Incoming FaaS span attributes
export const FAAS_INVOCATION_ID = 'faas.invocation.id' // faas/faas-spans: General attributes
export const CLOUD_RESOURCE_ID = 'cloud.resource_id' // faas/faas-spans: General attributes
export const CLOUD_ACCOUNT_ID = 'cloud.account.id' // faas/aws-lambda: All triggers
export const AWS_LAMBDA_INVOKED_ARN = 'aws.lambda.invoked_arn' // faas/aws-lambda: All triggers

/** `system/destination[/partition or stream]/position`: where the broker put the message. */
export const FLOWSTITCH_MESSAGE_COORDINATE = 'flowstitch.message.coordinate' // own
/** On a send span that several messages share, theirs: `kafka/orders/3/1842+57` are 57 from offset 1842 on. */
export const FLOWSTITCH_MESSAGE_COORDINATES = 'flowstitch.message.coordinates' // own
/** The coordinate of the message that this one is a copy of, in a queue for retries or dead letters. */
export const FLOWSTITCH_MESSAGE_ORIGINAL = 'flowstitch.message.original' // own
/** Which delivery of the message this is, from 1, as far as the broker counts. */
export const FLOWSTITCH_MESSAGE_ATTEMPT = 'flowstitch.message.attempt' // own
/** True where the broker had the message already and dropped this copy: what is told is the first one's place. */
export const FLOWSTITCH_MESSAGE_DUPLICATE = 'flowstitch.message.duplicate' // own
/** When the broker accepted the message, in milliseconds since the epoch. */
export const FLOWSTITCH_MESSAGE_BROKER_TIME = 'flowstitch.message.broker_time' // own
/** Milliseconds for which its producer asked the broker to hold the message back. */
export const FLOWSTITCH_MESSAGE_DELAY = 'flowstitch.message.delay' // own
/** Milliseconds from the broker accepting the message to this delivery. */
export const FLOWSTITCH_MESSAGE_DWELL = 'flowstitch.message.dwell' // own
/** Milliseconds since the message was first sent, all attempts and delays included. */
export const FLOWSTITCH_MESSAGE_AGE = 'flowstitch.message.age' // own
/** True where the clocks of two machines made a dwell or an age negative; the value is then 0. */
export const FLOWSTITCH_CLOCK_SKEW = 'flowstitch.clock_skew' // own
/** How the message reached a dead-letter destination: the destination that it came from. */
export const FLOWSTITCH_DEAD_LETTER_SOURCE = 'flowstitch.dead_letter.source' // own
/** How the message reached a dead-letter destination: the broker's word for why. */
export const FLOWSTITCH_DEAD_LETTER_REASON = 'flowstitch.dead_letter.reason' // own
/** The trace id of the flow's origin. */
export const FLOWSTITCH_FLOW_ID = 'flowstitch.flow.id' // own
/** How many messages lie between the origin and this one; the first is 1. */
export const FLOWSTITCH_FLOW_HOP = 'flowstitch.flow.hop' // own
/** `parent`, `link` or `child` (of a batch): how the span stands to the message's creation context. */
export const FLOWSTITCH_RELATION = 'flowstitch.relation' // own
/** Why: see `RelationReason`. */
export const FLOWSTITCH_RELATION_REASON = 'flowstitch.relation.reason' // own
/** How the delivery was settled: `ack`, `nack`, `requeue`, `delete`, `commit`, … or `channel-closed`. */
export const FLOWSTITCH_SETTLEMENT = 'flowstitch.settlement' // own
/** On a span that carries further links of its parent, a batch beyond the link limit: its number, from 2. */
export const FLOWSTITCH_BATCH_PART = 'flowstitch.batch.part' // own

/** On the invocation of a function: how many of the event's messages failed, or were left for another attempt. */
export const FLOWSTITCH_BATCH_FAILED_COUNT = 'flowstitch.batch.failed_count' // own

export const METRIC_CLIENT_OPERATION_DURATION = 'messaging.client.operation.duration' // messaging-metrics
export const METRIC_PROCESS_DURATION = 'messaging.process.duration' // messaging-metrics
export const METRIC_CLIENT_SENT_MESSAGES = 'messaging.client.sent.messages' // messaging-metrics
export const METRIC_CLIENT_CONSUMED_MESSAGES = 'messaging.client.consumed.messages' // messaging-metrics

/** The key of the flow context in W3C `tracestate`. */
export const TRACESTATE_KEY = 'flowstitch'

/** Names that 1.45 changed, and what they were in 1.44. */
export const NAMES_BEFORE_1_45: Readonly<Record<string, string>> = {
  [MESSAGING_SYSTEM_NAME]: 'messaging.system',
  [KAFKA_MESSAGE_KEY]: 'messaging.kafka.message.key',
  [KAFKA_MESSAGE_TOMBSTONE]: 'messaging.kafka.message.tombstone',
  [KAFKA_OFFSET]: 'messaging.kafka.offset',
  [RABBITMQ_DESTINATION_ROUTING_KEY]: 'messaging.rabbitmq.destination.routing_key',
  [RABBITMQ_MESSAGE_DELIVERY_TAG]: 'messaging.rabbitmq.message.delivery_tag',
  [FAAS_INVOCATION_ID]: 'faas.invocation_id',
}

/** Values of the system's name that 1.45 changed, and what they were in 1.44. */
export const SYSTEMS_BEFORE_1_45: Readonly<Record<string, string>> = { 'aws.sqs': 'aws_sqs' }
