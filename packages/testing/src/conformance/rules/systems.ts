import * as names from '@flowstitch/core/semconv'
import * as is from './reading.ts'
import type { SpanRule } from './rule.ts'

const kafka = is.isOf('kafka')
const rabbitmq = is.isOf('rabbitmq')
const sqs = is.isOf('aws.sqs')

/** What the conventions ask of single systems: `docs/messaging/{kafka,rabbitmq,sqs}.md`. */
export const systemRules: readonly SpanRule[] = [
  {
    id: 'A7 Kafka offset',
    level: 'RECOMMENDED',
    text: 'A Kafka message that came has its offset, an integer.',
    system: 'kafka',
    applies: is.all(kafka, is.isType('process'), is.not(is.isBatch)),
    holds: is.isInteger(names.KAFKA_OFFSET),
  },
  {
    id: 'A7 Kafka partition',
    level: 'RECOMMENDED',
    text: 'A Kafka message that came has its partition.',
    system: 'kafka',
    applies: is.all(kafka, is.isType('process')),
    holds: is.has(names.MESSAGING_DESTINATION_PARTITION_ID),
  },
  {
    id: 'A7 Kafka group',
    level: 'CONDITIONAL',
    text: 'A Kafka consumer names its group, and a producer none.',
    system: 'kafka',
    applies: kafka,
    holds: (span) =>
      is.has(names.MESSAGING_CONSUMER_GROUP_NAME)(span) === is.isType('receive', 'process', 'settle')(span),
  },
  {
    id: 'A7 Kafka key',
    level: 'MUST',
    text: 'A Kafka key is text, and on no settle span.',
    system: 'kafka',
    applies: is.has(names.KAFKA_MESSAGE_KEY),
    holds: (span) =>
      typeof span.attributes[names.KAFKA_MESSAGE_KEY] === 'string' && is.typeOf(span) !== 'settle',
  },
  {
    id: 'A7 Kafka tombstone',
    level: 'CONDITIONAL',
    text: 'A Kafka tombstone is marked as such, and nothing else is.',
    system: 'kafka',
    applies: is.has(names.KAFKA_MESSAGE_TOMBSTONE),
    holds: ({ attributes }) => attributes[names.KAFKA_MESSAGE_TOMBSTONE] === true,
  },
  {
    id: 'A6 peer',
    level: 'RECOMMENDED',
    text: 'The node that was contacted is named, where the page of the system asks for it; never by create and process.',
    system: 'rabbitmq',
    applies: is.all(rabbitmq, is.not(is.failed)),
    holds: (span) =>
      is.isType('send', 'receive', 'settle')(span)
        ? is.all(is.has(names.NETWORK_PEER_ADDRESS), is.isInteger(names.NETWORK_PEER_PORT))(span)
        : is.not(is.has(names.NETWORK_PEER_ADDRESS))(span),
  },
  {
    id: 'A7 RabbitMQ name',
    level: 'MUST',
    text: 'A RabbitMQ destination has a name, made of exchange, routing key and queue.',
    system: 'rabbitmq',
    applies: is.all(rabbitmq, is.not(is.isBatch)),
    holds: (span) => {
      const name = is.text(span, names.MESSAGING_DESTINATION_NAME)
      const key = span.attributes[names.RABBITMQ_DESTINATION_ROUTING_KEY]
      return name !== 'undefined' && name !== '' && (typeof key !== 'string' || name.includes(key))
    },
  },
  {
    id: 'A7 RabbitMQ key',
    level: 'CONDITIONAL',
    text: 'A RabbitMQ routing key is recorded, unless it is empty.',
    system: 'rabbitmq',
    applies: is.all(rabbitmq, is.isType('send', 'receive', 'process')),
    holds: (span) => span.attributes[names.RABBITMQ_DESTINATION_ROUTING_KEY] !== '',
  },
  {
    id: 'A7 RabbitMQ tag',
    level: 'CONDITIONAL',
    text: 'A RabbitMQ delivery names its tag.',
    system: 'rabbitmq',
    applies: is.all(
      rabbitmq,
      is.isType('receive', 'process', 'settle'),
      is.not(is.isBatch),
      is.not(is.failed),
    ),
    holds: is.isInteger(names.RABBITMQ_MESSAGE_DELIVERY_TAG),
  },
  {
    id: 'A7 SQS queue',
    level: 'RECOMMENDED',
    text: 'An SQS operation names its queue by URL.',
    system: 'aws.sqs',
    applies: sqs,
    holds: is.has(names.AWS_SQS_QUEUE_URL),
  },
  {
    id: 'A7 SQS request',
    level: 'RECOMMENDED',
    text: 'An SQS call has the id that AWS gave it.',
    system: 'aws.sqs',
    applies: is.all(sqs, is.isType('send', 'receive', 'settle'), is.not(is.failed)),
    holds: is.has(names.AWS_REQUEST_ID),
  },
]
