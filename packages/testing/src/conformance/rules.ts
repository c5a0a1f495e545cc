import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** One rule of OpenTelemetry's messaging conventions that can be read off a span. */
export interface Rule {
  readonly id: string
  readonly level: 'MUST' | 'SHOULD' | 'RECOMMENDED' | 'CONDITIONAL'
  readonly text: string
  /** Whether it says anything about the span. */
  applies(span: ReadableSpan): boolean
  holds(span: ReadableSpan): boolean
}

const KINDS: Readonly<Record<string, readonly SpanKind[]>> = {
  create: [SpanKind.PRODUCER],
  send: [SpanKind.PRODUCER, SpanKind.CLIENT],
  receive: [SpanKind.CLIENT],
  process: [SpanKind.CONSUMER],
  settle: [SpanKind.CLIENT],
}
const WELL_KNOWN = new Set(['kafka', 'rabbitmq', 'aws.sqs'])

const type = (span: ReadableSpan): string => String(span.attributes[names.MESSAGING_OPERATION_TYPE])
const has = (span: ReadableSpan, name: string): boolean => span.attributes[name] !== undefined
const always = (): boolean => true
const isBatch = (span: ReadableSpan): boolean => has(span, names.MESSAGING_BATCH_MESSAGE_COUNT)
const isOf = (system: string) => (span: ReadableSpan) =>
  span.attributes[names.MESSAGING_SYSTEM_NAME] === system
const failed = (span: ReadableSpan): boolean => span.status.code === SpanStatusCode.ERROR
const lowCardinality = (span: ReadableSpan): boolean =>
  !has(span, names.MESSAGING_DESTINATION_TEMPORARY) && !has(span, names.MESSAGING_DESTINATION_ANONYMOUS)

/** The rules that hold for every span of every adapter: semantic conventions 1.45, `docs/messaging`. */
export const rules: readonly Rule[] = [
  {
    id: 'A1-1',
    level: 'SHOULD',
    text: 'The span kind is that of the operation type; a send is PRODUCER or CLIENT.',
    applies: always,
    holds: (span) => KINDS[type(span)]?.includes(span.kind) ?? false,
  },
  {
    id: 'A1-2',
    level: 'SHOULD',
    text: 'The span name is `{operation} {destination}`, with the template before the name, or without a destination.',
    applies: always,
    holds(span) {
      const operation = String(span.attributes[names.MESSAGING_OPERATION_NAME])
      const named = [
        names.MESSAGING_DESTINATION_TEMPLATE,
        ...(lowCardinality(span) ? [names.MESSAGING_DESTINATION_NAME] : []),
      ]
      const found = named.find((name) => has(span, name))
      const destination = found && String(span.attributes[found])
      const server = `${String(span.attributes[names.SERVER_ADDRESS])}:${String(span.attributes[names.SERVER_PORT])}`
      return (
        span.name === (destination === undefined ? operation : `${operation} ${destination}`) ||
        (destination === undefined && span.name === `${operation} ${server}`)
      )
    },
  },
  {
    id: 'A1-3',
    level: 'MUST',
    text: 'Names of temporary and anonymous destinations are in no span name.',
    applies: (span) => !lowCardinality(span),
    holds: (span) => !span.name.includes(String(span.attributes[names.MESSAGING_DESTINATION_NAME])),
  },
  {
    id: 'A1-4',
    level: 'MUST',
    text: 'Operation name and a known operation type are set.',
    applies: always,
    holds: (span) => has(span, names.MESSAGING_OPERATION_NAME) && type(span) in KINDS,
  },
  {
    id: 'A3-5',
    level: 'SHOULD',
    text: 'A process span of one message whose context is known links to its creation context.',
    applies: (span) =>
      type(span) === 'process' &&
      !isBatch(span) &&
      span.attributes[names.FLOWSTITCH_RELATION_REASON] !== 'no-context',
    holds: (span) => span.links.length >= 1,
  },
  {
    id: 'A4-1',
    level: 'CONDITIONAL',
    text: 'A batch count is a whole number, and on no create span.',
    applies: isBatch,
    holds: (span) =>
      Number.isInteger(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]) && type(span) !== 'create',
  },
  {
    id: 'A4-2',
    level: 'SHOULD',
    text: 'What belongs to single messages is not on the span of a batch of several.',
    applies: (span) => isBatch(span) && Number(span.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]) > 1,
    holds: (span) =>
      !has(span, names.MESSAGING_MESSAGE_ID) &&
      !has(span, names.KAFKA_OFFSET) &&
      !has(span, names.KAFKA_MESSAGE_KEY),
  },
  {
    id: 'A6-system',
    level: 'MUST',
    text: 'The system is set, by its well-known value where there is one.',
    applies: always,
    holds: (span) => {
      const system = String(span.attributes[names.MESSAGING_SYSTEM_NAME])
      return WELL_KNOWN.has(system) || !['aws_sqs', 'AmazonSQS', 'undefined'].includes(system)
    },
  },
  {
    id: 'A6-destination',
    level: 'CONDITIONAL',
    text: 'The destination is set for single messages.',
    applies: (span) => !isBatch(span),
    holds: (span) => has(span, names.MESSAGING_DESTINATION_NAME),
  },
  {
    id: 'A6-server',
    level: 'RECOMMENDED',
    text: 'The broker is named by server.address, with its port as a number.',
    applies: (span) => has(span, names.SERVER_ADDRESS),
    holds: (span) => typeof (span.attributes[names.SERVER_PORT] ?? 0) === 'number',
  },
  {
    id: 'A7-kafka-offset',
    level: 'RECOMMENDED',
    text: 'A Kafka offset is an integer.',
    applies: (span) => has(span, names.KAFKA_OFFSET),
    holds: (span) => Number.isInteger(span.attributes[names.KAFKA_OFFSET]),
  },
  {
    id: 'A7-kafka-group',
    level: 'CONDITIONAL',
    text: 'A Kafka consumer names its group.',
    applies: (span) => isOf('kafka')(span) && ['receive', 'process', 'settle'].includes(type(span)),
    holds: (span) => has(span, names.MESSAGING_CONSUMER_GROUP_NAME),
  },
  {
    id: 'A7-rabbitmq-tag',
    level: 'CONDITIONAL',
    text: 'A RabbitMQ delivery names its tag.',
    applies: (span) => isOf('rabbitmq')(span) && type(span) === 'process',
    holds: (span) => Number.isInteger(span.attributes[names.RABBITMQ_MESSAGE_DELIVERY_TAG]),
  },
  {
    id: 'A7-sqs-queue',
    level: 'RECOMMENDED',
    text: 'An SQS operation names its queue by URL.',
    applies: isOf('aws.sqs'),
    holds: (span) => has(span, names.AWS_SQS_QUEUE_URL),
  },
  {
    id: 'A9-2',
    level: 'MUST',
    text: 'A failed operation has status ERROR and an error.type; any other has status UNSET and none.',
    applies: always,
    holds: (span) =>
      failed(span)
        ? has(span, names.ERROR_TYPE)
        : span.status.code === SpanStatusCode.UNSET && !has(span, names.ERROR_TYPE),
  },
  {
    id: 'A9-3',
    level: 'SHOULD',
    text: 'An error.type is of low cardinality: one word.',
    applies: (span) => has(span, names.ERROR_TYPE),
    holds: (span) => /^[\w.-]{1,80}$/.test(String(span.attributes[names.ERROR_TYPE])),
  },
]

/** How often each rule applied and how often it was broken. */
export interface RuleResult {
  readonly rule: Rule
  readonly applied: number
  readonly broken: readonly string[]
}

/** Whether a span is one of an adapter's. */
export function isMessaging(span: ReadableSpan): boolean {
  return span.instrumentationScope.name.startsWith('@flowstitch/') && has(span, names.MESSAGING_SYSTEM_NAME)
}

/** Holds the spans against the rules. */
export function checkRules(spans: readonly ReadableSpan[]): RuleResult[] {
  return rules.map((rule) => {
    const applied = spans.filter((span) => rule.applies(span))
    return {
      rule,
      applied: applied.length,
      broken: applied.filter((span) => !rule.holds(span)).map(({ name }) => name),
    }
  })
}
