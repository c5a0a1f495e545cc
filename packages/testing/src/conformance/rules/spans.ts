import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import * as is from './reading.ts'
import type { SpanRule } from './rule.ts'

const KINDS: Readonly<Record<string, readonly SpanKind[]>> = {
  create: [SpanKind.PRODUCER],
  send: [SpanKind.PRODUCER, SpanKind.CLIENT],
  receive: [SpanKind.CLIENT],
  process: [SpanKind.CONSUMER],
  settle: [SpanKind.CLIENT],
}
/** What other instrumentations call the systems that have a well-known name. */
const ALIASES = new Set(['aws_sqs', 'AmazonSQS', 'undefined', 'rabbit', 'amqp', 'sqs'])
/** What belongs to one message. */
const OF_ONE_MESSAGE = [
  names.MESSAGING_MESSAGE_ID,
  names.MESSAGING_MESSAGE_CONVERSATION_ID,
  names.MESSAGING_MESSAGE_BODY_SIZE,
  names.KAFKA_OFFSET,
  names.KAFKA_MESSAGE_KEY,
  names.KAFKA_MESSAGE_TOMBSTONE,
  names.RABBITMQ_MESSAGE_DELIVERY_TAG,
  names.FLOWSTITCH_MESSAGE_COORDINATE,
]
/** What tells one message from the others. */
const IDENTITY = [names.MESSAGING_MESSAGE_ID, names.KAFKA_OFFSET, names.RABBITMQ_MESSAGE_DELIVERY_TAG]

/** The rules that hold for every span of every adapter: semantic conventions 1.45, `docs/messaging`. */
export const spanRules: readonly SpanRule[] = [
  {
    id: 'A1-1',
    level: 'SHOULD',
    text: 'The span kind is that of the operation type.',
    applies: is.always,
    holds: (span) => KINDS[is.typeOf(span)]?.includes(span.kind) ?? false,
  },
  {
    id: 'A1-1 send',
    level: 'SHOULD',
    text: 'A send is CLIENT where all of its messages have creation contexts of their own, else PRODUCER.',
    applies: is.isType('send'),
    holds: (span) =>
      span.kind === (span.links.length >= is.countOf(span) ? SpanKind.CLIENT : SpanKind.PRODUCER),
  },
  {
    id: 'A1-2',
    level: 'SHOULD',
    text: 'The span name is `{operation} {destination}`, with the template before the name, or without a destination.',
    applies: is.always,
    holds(span) {
      const operation = is.text(span, names.MESSAGING_OPERATION_NAME)
      const named = [
        names.MESSAGING_DESTINATION_TEMPLATE,
        ...(is.lowCardinality(span) ? [names.MESSAGING_DESTINATION_NAME] : []),
      ]
      const found = named.find((name) => name in span.attributes)
      if (found !== undefined) return span.name === `${operation} ${is.text(span, found)}`
      const server = `${is.text(span, names.SERVER_ADDRESS)}:${is.text(span, names.SERVER_PORT)}`
      return span.name === operation || span.name === `${operation} ${server}`
    },
  },
  {
    id: 'A1-3',
    level: 'MUST',
    text: 'Names of temporary and anonymous destinations are in no span name.',
    shownBy: ['names of temporary destinations'],
    applies: is.not(is.lowCardinality),
    holds: (span) => !span.name.includes(is.text(span, names.MESSAGING_DESTINATION_NAME)),
  },
  {
    id: 'A1-4',
    level: 'MUST',
    text: 'Operation name and a known operation type are set.',
    applies: is.always,
    holds: (span) => is.has(names.MESSAGING_OPERATION_NAME)(span) && is.typeOf(span) in KINDS,
  },
  {
    id: 'A2-4',
    level: 'SHOULD',
    text: 'A send span with create spans links to each of them.',
    shownBy: ['a batch makes a create span'],
    applies: is.all(is.isType('send'), is.isSeveral, ({ kind }) => kind === SpanKind.CLIENT),
    holds: (span) => span.links.length === is.countOf(span),
  },
  {
    id: 'A2-8',
    level: 'SHOULD',
    text: "A send span lasts until the broker's answer has come: it tells what only that can say.",
    silence: 'the broker answers that it has the message, and nothing that a span could show',
    applies: is.all(
      is.isType('send'),
      is.isOf('kafka', 'aws.sqs', 'redis', 'nats', 'bullmq', 'post'),
      is.namesMessages,
      is.lowCardinality,
      is.not(is.isBatch),
      is.not(is.failed),
    ),
    holds: (span) => is.has(names.MESSAGING_MESSAGE_ID)(span) || is.has(names.KAFKA_OFFSET)(span),
  },
  {
    id: 'A3-5',
    level: 'SHOULD',
    text: 'A process span of one message whose context is known links to its creation context.',
    applies: (span) =>
      is.typeOf(span) === 'process' &&
      !is.isBatch(span) &&
      span.attributes[names.FLOWSTITCH_RELATION_REASON] !== 'no-context',
    holds: (span) => span.links.length > 0,
  },
  {
    id: 'A3-6',
    level: 'SHOULD',
    text: "No message is the parent of a batch's span: only the processing of a single one may continue its trace.",
    shownBy: ['a batch is one span', 'a batch makes a create span'],
    applies: is.all(is.isBatch, is.isType('receive', 'process')),
    holds: ({ parentSpanContext }) => parentSpanContext?.isRemote !== true,
  },
  {
    id: 'A4-1',
    level: 'CONDITIONAL',
    text: 'A batch count is a whole number, and on no create span.',
    shownBy: ['a batch is one span', 'a batch makes a create span'],
    applies: is.isBatch,
    holds: is.all(is.isInteger(names.MESSAGING_BATCH_MESSAGE_COUNT), is.not(is.isType('create'))),
  },
  {
    id: 'A4-2',
    level: 'SHOULD',
    text: 'What belongs to single messages is not on the span of several.',
    shownBy: ['a batch is one span', 'a batch makes a create span'],
    applies: is.isSeveral,
    holds: (span) => OF_ONE_MESSAGE.every((name) => !(name in span.attributes)),
  },
  {
    id: 'A4-2 links',
    level: 'SHOULD',
    text: 'It is on the links, for those that were received or are processed together.',
    shownBy: ['a batch is one span', 'a batch makes a create span'],
    applies: is.all(
      is.isSeveral,
      is.namesMessages,
      is.isType('receive', 'process'),
      ({ links }) => links.length > 0,
    ),
    holds: ({ links }) =>
      links.every(({ attributes = {} }) => IDENTITY.some((name) => attributes[name] !== undefined)),
  },
  {
    id: 'A4-3',
    level: 'SHOULD',
    text: 'Where the messages of a call have several destinations, these are on the links, and none is on the span.',
    shownBy: ['a call with several destinations'],
    applies: is.all(
      is.isSeveral,
      is.not(is.has(names.MESSAGING_DESTINATION_NAME)),
      ({ links }) => links.length > 0,
    ),
    holds: ({ links }) =>
      links.every(({ attributes = {} }) => attributes[names.MESSAGING_DESTINATION_NAME] !== undefined),
  },
  {
    id: 'A4-4',
    level: 'SHOULD',
    text: 'No link is lost to the limit of the SDK.',
    applies: ({ links }) => links.length > 0,
    holds: ({ droppedLinksCount }) => droppedLinksCount === 0,
  },
  {
    id: 'A6 system',
    level: 'MUST',
    text: 'The system is set, by its well-known value where there is one.',
    applies: is.always,
    holds: (span) => !ALIASES.has(is.text(span, names.MESSAGING_SYSTEM_NAME)),
  },
  {
    id: 'A6 destination',
    level: 'CONDITIONAL',
    text: 'The destination is set for single messages; a commit of Kafka is of no single one.',
    applies: is.all(is.not(is.isBatch), is.not(is.all(is.isOf('kafka'), is.isType('settle')))),
    holds: is.has(names.MESSAGING_DESTINATION_NAME),
  },
  {
    id: 'A6 template',
    level: 'MUST',
    text: 'A template is not just the name.',
    applies: is.has(names.MESSAGING_DESTINATION_TEMPLATE),
    holds: ({ attributes }) =>
      attributes[names.MESSAGING_DESTINATION_TEMPLATE] !== attributes[names.MESSAGING_DESTINATION_NAME],
  },
  {
    id: 'A6 partition',
    level: 'RECOMMENDED',
    text: 'A partition is named by text.',
    silence: 'a destination has no partitions',
    applies: is.has(names.MESSAGING_DESTINATION_PARTITION_ID),
    holds: ({ attributes }) => typeof attributes[names.MESSAGING_DESTINATION_PARTITION_ID] === 'string',
  },
  {
    id: 'A6 id',
    level: 'RECOMMENDED',
    text: 'A message that came has its id, where its system gives it one.',
    silence: 'a message has the id that its sender gives it, if any',
    applies: is.all(
      is.isType('process'),
      is.not(is.isBatch),
      (span) =>
        is.isOf('aws.sqs', 'bullmq', 'post')(span) ||
        /^(?:nats|redis)\//.test(is.text(span, names.FLOWSTITCH_MESSAGE_COORDINATE)),
    ),
    holds: is.has(names.MESSAGING_MESSAGE_ID),
  },
  {
    id: 'A6 client',
    level: 'RECOMMENDED',
    text: 'The client is named, where it has a name; never on a create span.',
    silence: 'the client has no name of its own',
    applies: (span) =>
      is.has(names.MESSAGING_CLIENT_ID)(span) || (is.isOf('kafka')(span) && !is.failed(span)),
    holds: (span) => is.has(names.MESSAGING_CLIENT_ID)(span) !== (is.typeOf(span) === 'create'),
  },
  {
    id: 'A6 server',
    level: 'RECOMMENDED',
    text: 'The broker is named by server.address, with its port as a number.',
    silence: 'the client has no connection',
    applies: is.all(is.not(is.isOf('post')), is.not(is.failed)),
    holds: is.all(is.has(names.SERVER_ADDRESS), is.isInteger(names.SERVER_PORT)),
  },
  {
    id: 'A6 size',
    level: 'CONDITIONAL',
    text: 'A body size is a whole number, of a single message, and on no settle span.',
    applies: is.has(names.MESSAGING_MESSAGE_BODY_SIZE),
    holds: is.all(
      is.isInteger(names.MESSAGING_MESSAGE_BODY_SIZE),
      is.not(is.isSeveral),
      is.not(is.isType('settle')),
    ),
  },
  {
    id: 'A9-2',
    level: 'MUST',
    text: 'A failed operation has status ERROR and an error.type; any other has status UNSET and none.',
    applies: is.always,
    holds: (span) =>
      is.failed(span)
        ? is.has(names.ERROR_TYPE)(span)
        : span.status.code === SpanStatusCode.UNSET && !is.has(names.ERROR_TYPE)(span),
  },
  {
    id: 'A9-2 text',
    level: 'SHOULD',
    text: 'The description of a failure says more than its error.type.',
    applies: is.failed,
    holds: ({ status, attributes }) => status.message !== attributes[names.ERROR_TYPE],
  },
  {
    id: 'A9-3',
    level: 'SHOULD',
    text: 'An error.type is of low cardinality: one word.',
    applies: is.has(names.ERROR_TYPE),
    holds: (span) => /^[\w.-]{1,80}$/.test(is.text(span, names.ERROR_TYPE)),
  },
]
