import {
  AWS_SQS_QUEUE_URL,
  ERROR_TYPE,
  FLOWSTITCH_BATCH_PART,
  FLOWSTITCH_CLOCK_SKEW,
  FLOWSTITCH_DEAD_LETTER_REASON,
  FLOWSTITCH_DEAD_LETTER_SOURCE,
  FLOWSTITCH_MESSAGE_ATTEMPT,
  FLOWSTITCH_MESSAGE_BROKER_TIME,
  FLOWSTITCH_MESSAGE_COORDINATE,
  FLOWSTITCH_MESSAGE_COORDINATES,
  FLOWSTITCH_MESSAGE_DELAY,
  FLOWSTITCH_MESSAGE_DUPLICATE,
  FLOWSTITCH_MESSAGE_DWELL,
  FLOWSTITCH_MESSAGE_ORIGINAL,
  FLOWSTITCH_SETTLEMENT,
  KAFKA_MESSAGE_KEY,
  KAFKA_MESSAGE_TOMBSTONE,
  KAFKA_OFFSET,
  MESSAGING_BATCH_MESSAGE_COUNT,
  MESSAGING_CLIENT_ID,
  MESSAGING_CONSUMER_GROUP_NAME,
  MESSAGING_DESTINATION_NAME,
  MESSAGING_DESTINATION_PARTITION_ID,
  MESSAGING_DESTINATION_TEMPLATE,
  MESSAGING_MESSAGE_CONVERSATION_ID,
  MESSAGING_MESSAGE_ID,
  MESSAGING_OPERATION_NAME,
  MESSAGING_OPERATION_TYPE,
  MESSAGING_SYSTEM_NAME,
  RABBITMQ_DESTINATION_ROUTING_KEY,
  RABBITMQ_MESSAGE_DELIVERY_TAG,
  SERVER_ADDRESS,
  SERVER_PORT,
} from '@flowstitch/core/semconv'
import type { Operation } from '../model.ts'

/** A fact about a message or an operation on it, whatever its name on the span. */
export type Concept =
  | 'system'
  | 'destination'
  | 'destinationTemplate'
  | 'subscription'
  | 'partition'
  | 'offset'
  | 'operationType'
  | 'operationName'
  | 'messageId'
  | 'conversationId'
  | 'batchCount'
  | 'consumerGroup'
  | 'clientId'
  | 'messageKey'
  | 'tombstone'
  | 'cluster'
  | 'routingKey'
  | 'deliveryTag'
  | 'queueUrl'
  | 'topicArn'
  | 'natsStream'
  | 'natsSequence'
  | 'serverAddress'
  | 'serverPort'
  | 'errorType'
  | 'serviceName'
  | 'faasTrigger'
  | 'attempt'
  | 'coordinate'
  | 'coordinates'
  | 'original'
  | 'brokerTime'
  | 'dwell'
  | 'delay'
  | 'clockSkew'
  | 'deadLetterSource'
  | 'deadLetterReason'
  | 'settlement'
  | 'batchPart'
  | 'duplicate'

/**
 * Every name that a messaging fact has had in the field, newest first: semantic conventions 1.45, 1.25 to
 * 1.44, up to 1.24, and what single instrumentations write. The first name found on a span counts.
 */
export const NAMES: Readonly<Record<Concept, readonly string[]>> = {
  system: [MESSAGING_SYSTEM_NAME, 'messaging.system'],
  destination: [
    MESSAGING_DESTINATION_NAME,
    'messaging.destination',
    'messaging.source.name',
    'messaging.source',
  ],
  destinationTemplate: [MESSAGING_DESTINATION_TEMPLATE, 'messaging.source.template'],
  subscription: [
    'messaging.destination.subscription.name',
    'messaging.servicebus.destination.subscription_name',
  ],
  partition: [
    MESSAGING_DESTINATION_PARTITION_ID,
    'messaging.kafka.destination.partition',
    'messaging.kafka.source.partition',
    'messaging.kafka.partition',
  ],
  offset: [KAFKA_OFFSET, 'messaging.kafka.offset', 'messaging.kafka.message.offset'],
  operationType: [MESSAGING_OPERATION_TYPE, 'messaging.operation'],
  operationName: [MESSAGING_OPERATION_NAME],
  messageId: [MESSAGING_MESSAGE_ID, 'messaging.message_id'],
  conversationId: [MESSAGING_MESSAGE_CONVERSATION_ID, 'messaging.conversation_id'],
  batchCount: [MESSAGING_BATCH_MESSAGE_COUNT],
  consumerGroup: [
    MESSAGING_CONSUMER_GROUP_NAME,
    'messaging.kafka.consumer.group',
    'messaging.kafka.consumer_group',
    'messaging.eventhubs.consumer.group',
    'messaging.rocketmq.client_group',
    'messaging.consumer_group',
  ],
  clientId: [
    MESSAGING_CLIENT_ID,
    'messaging.client_id',
    'messaging.kafka.client_id',
    'messaging.consumer_id',
  ],
  messageKey: [KAFKA_MESSAGE_KEY, 'messaging.kafka.message.key', 'messaging.kafka.message_key'],
  tombstone: [KAFKA_MESSAGE_TOMBSTONE, 'messaging.kafka.message.tombstone', 'messaging.kafka.tombstone'],
  cluster: ['kafka.cluster.id', 'messaging.kafka.cluster.id'],
  routingKey: [
    RABBITMQ_DESTINATION_ROUTING_KEY,
    'messaging.rabbitmq.destination.routing_key',
    'messaging.rabbitmq.routing_key',
  ],
  deliveryTag: [RABBITMQ_MESSAGE_DELIVERY_TAG, 'messaging.rabbitmq.message.delivery_tag'],
  queueUrl: [AWS_SQS_QUEUE_URL, 'aws.queue.url', 'messaging.url'],
  topicArn: ['aws.sns.topic.arn'],
  natsStream: ['messaging.nats.stream', 'nats.stream'],
  natsSequence: ['messaging.nats.sequence', 'messaging.nats.stream.sequence', 'nats.sequence'],
  serverAddress: [SERVER_ADDRESS, 'net.peer.name'],
  serverPort: [SERVER_PORT, 'net.peer.port'],
  errorType: [ERROR_TYPE, 'exception.type'],
  serviceName: ['service.name'],
  faasTrigger: ['faas.trigger'],
  attempt: [
    FLOWSTITCH_MESSAGE_ATTEMPT,
    'azure.servicebus.message.delivery_count',
    'messaging.servicebus.message.delivery_count',
    'gcp.pubsub.message.delivery_attempt',
    'messaging.gcp_pubsub.message.delivery_attempt',
  ],
  coordinate: [FLOWSTITCH_MESSAGE_COORDINATE],
  coordinates: [FLOWSTITCH_MESSAGE_COORDINATES],
  original: [FLOWSTITCH_MESSAGE_ORIGINAL],
  brokerTime: [FLOWSTITCH_MESSAGE_BROKER_TIME],
  dwell: [FLOWSTITCH_MESSAGE_DWELL],
  delay: [FLOWSTITCH_MESSAGE_DELAY],
  clockSkew: [FLOWSTITCH_CLOCK_SKEW],
  deadLetterSource: [FLOWSTITCH_DEAD_LETTER_SOURCE],
  deadLetterReason: [FLOWSTITCH_DEAD_LETTER_REASON],
  settlement: [
    FLOWSTITCH_SETTLEMENT,
    'azure.servicebus.disposition_status',
    'messaging.servicebus.disposition_status',
  ],
  duplicate: [FLOWSTITCH_MESSAGE_DUPLICATE],
  batchPart: [FLOWSTITCH_BATCH_PART],
}

/** Values of the system's name, to the one of 1.45. */
export const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['aws_sqs', 'aws.sqs'],
  ['AmazonSQS', 'aws.sqs'],
  ['sqs', 'aws.sqs'],
  ['aws_sns', 'aws.sns'],
  ['AmazonSNS', 'aws.sns'],
  ['gcp_pubsub', 'gcp.pubsub'],
  ['servicebus', 'azure.servicebus'],
  ['eventhubs', 'azure.eventhubs'],
  ['eventgrid', 'azure.eventgrid'],
  ['AmazonKinesis', 'aws.kinesis'],
  ['kafkajs', 'kafka'],
  ['RabbitMQ', 'rabbitmq'],
])

/** Values of the operation's type, to the five of the conventions. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ['create', 'create'],
  ['send', 'send'],
  ['publish', 'send'],
  ['receive', 'receive'],
  ['poll', 'receive'],
  ['process', 'process'],
  ['deliver', 'process'],
  ['consume', 'process'],
  ['settle', 'settle'],
])
