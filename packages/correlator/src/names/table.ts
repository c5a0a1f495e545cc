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
  | 'brokerTime'
  | 'dwell'
  | 'clockSkew'
  | 'deadLetterSource'
  | 'deadLetterReason'
  | 'settlement'
  | 'batchPart'

/**
 * Every name that a messaging fact has had in the field, newest first: semantic conventions 1.45, 1.25 to
 * 1.44, up to 1.24, and what single instrumentations write. The first name found on a span counts.
 */
export const NAMES: Readonly<Record<Concept, readonly string[]>> = {
  system: ['messaging.system.name', 'messaging.system'],
  destination: [
    'messaging.destination.name',
    'messaging.destination',
    'messaging.source.name',
    'messaging.source',
  ],
  destinationTemplate: ['messaging.destination.template', 'messaging.source.template'],
  subscription: [
    'messaging.destination.subscription.name',
    'messaging.servicebus.destination.subscription_name',
  ],
  partition: [
    'messaging.destination.partition.id',
    'messaging.kafka.destination.partition',
    'messaging.kafka.source.partition',
    'messaging.kafka.partition',
  ],
  offset: ['kafka.offset', 'messaging.kafka.offset', 'messaging.kafka.message.offset'],
  operationType: ['messaging.operation.type', 'messaging.operation'],
  operationName: ['messaging.operation.name'],
  messageId: ['messaging.message.id', 'messaging.message_id'],
  conversationId: ['messaging.message.conversation_id', 'messaging.conversation_id'],
  batchCount: ['messaging.batch.message_count'],
  consumerGroup: [
    'messaging.consumer.group.name',
    'messaging.kafka.consumer.group',
    'messaging.kafka.consumer_group',
    'messaging.eventhubs.consumer.group',
    'messaging.rocketmq.client_group',
    'messaging.consumer_group',
  ],
  clientId: [
    'messaging.client.id',
    'messaging.client_id',
    'messaging.kafka.client_id',
    'messaging.consumer_id',
  ],
  messageKey: ['kafka.message.key', 'messaging.kafka.message.key', 'messaging.kafka.message_key'],
  tombstone: ['kafka.message.tombstone', 'messaging.kafka.message.tombstone', 'messaging.kafka.tombstone'],
  cluster: ['kafka.cluster.id', 'messaging.kafka.cluster.id'],
  routingKey: [
    'rabbitmq.destination.routing_key',
    'messaging.rabbitmq.destination.routing_key',
    'messaging.rabbitmq.routing_key',
  ],
  deliveryTag: ['rabbitmq.message.delivery_tag', 'messaging.rabbitmq.message.delivery_tag'],
  queueUrl: ['aws.sqs.queue.url', 'aws.queue.url', 'messaging.url'],
  topicArn: ['aws.sns.topic.arn'],
  natsStream: ['messaging.nats.stream', 'nats.stream'],
  natsSequence: ['messaging.nats.sequence', 'messaging.nats.stream.sequence', 'nats.sequence'],
  serverAddress: ['server.address', 'net.peer.name'],
  serverPort: ['server.port', 'net.peer.port'],
  errorType: ['error.type', 'exception.type'],
  serviceName: ['service.name'],
  faasTrigger: ['faas.trigger'],
  attempt: [
    'flowstitch.message.attempt',
    'azure.servicebus.message.delivery_count',
    'messaging.servicebus.message.delivery_count',
    'gcp.pubsub.message.delivery_attempt',
    'messaging.gcp_pubsub.message.delivery_attempt',
  ],
  coordinate: ['flowstitch.message.coordinate'],
  brokerTime: ['flowstitch.message.broker_time'],
  dwell: ['flowstitch.message.dwell'],
  clockSkew: ['flowstitch.clock_skew'],
  deadLetterSource: ['flowstitch.dead_letter.source'],
  deadLetterReason: ['flowstitch.dead_letter.reason'],
  settlement: [
    'flowstitch.settlement',
    'azure.servicebus.disposition_status',
    'messaging.servicebus.disposition_status',
  ],
  batchPart: ['flowstitch.batch.part'],
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
