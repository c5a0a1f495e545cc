import { wrapEvent } from './auto.ts'
import type { LambdaContext } from './context.ts'
import type { BatchResponse } from './failures.ts'
import type { BatchOptions, LambdaOptions, RecordsOptions } from './options.ts'
import { wrapRecords } from './records.ts'
import type { EventSource } from './source.ts'
import { dynamodb, type DynamoDbRecord } from './sources/dynamodb.ts'
import { eventBridge, type EventBridgeEvent } from './sources/event-bridge.ts'
import { kafka, type KafkaRecord } from './sources/kafka.ts'
import { kinesis, type KinesisRecord } from './sources/kinesis.ts'
import { rabbitmq, type RabbitMqRecord } from './sources/rabbitmq.ts'
import { sns, type SnsRecord } from './sources/sns.ts'
import { sqs, type SqsRecord } from './sources/sqs.ts'

/** Handles one record. The context is Lambda's. */
export type RecordHandler<R, C, A = unknown> = (record: R, context: C) => A
/** What Lambda calls. */
export type EventHandler<A, C> = (event: unknown, context: C) => Promise<A>

/** Wraps the handler of single records of a source to which they can be reported as failed, by an `Id`. */
export interface BatchWrapper<Record, Id = string> {
  <R extends Record = Record, C extends LambdaContext = LambdaContext>(
    handler: RecordHandler<R, C>,
    options?: BatchOptions<R> & { partialFailures?: false },
  ): EventHandler<void, C>
  <R extends Record = Record, C extends LambdaContext = LambdaContext>(
    handler: RecordHandler<R, C>,
    options: BatchOptions<R>,
  ): EventHandler<BatchResponse<Id>, C>
}

/** Wraps the handler of single records of a source that takes an event as done, or as failed. */
export type RecordsWrapper<Record> = <R extends Record = Record, C extends LambdaContext = LambdaContext>(
  handler: RecordHandler<R, C>,
  options?: RecordsOptions<R>,
) => EventHandler<void, C>

/** Wraps the handler of a source whose events have one record each: its answer is the function's. */
export type SingleWrapper<Record> = <A, R extends Record = Record, C extends LambdaContext = LambdaContext>(
  handler: RecordHandler<R, C, A>,
  options?: LambdaOptions<R>,
) => EventHandler<Awaited<A>, C>

/** A Kafka record's name in a batch response: its partition is `<topic>-<number>`. */
export interface KafkaItemIdentifier {
  partition: string
  offset: number
}

/** A wrapper for the handlers of each source of events. */
export interface WrapHandler {
  /** One call for each message of Amazon SQS. Those that failed are reported by their message ids. */
  readonly sqs: BatchWrapper<SqsRecord>
  /** One call for each message of Amazon SNS. */
  readonly sns: SingleWrapper<SnsRecord>
  /** One call for each record of Kafka, Amazon's or your own. Those that failed are reported by partition and offset. */
  readonly kafka: BatchWrapper<KafkaRecord, KafkaItemIdentifier>
  /** One call for each message of RabbitMQ in Amazon MQ. */
  readonly rabbitmq: RecordsWrapper<RabbitMqRecord>
  /** One call for each event of EventBridge. */
  readonly eventBridge: SingleWrapper<EventBridgeEvent>
  /** One call for each record of Kinesis. The first that failed is reported by its sequence number. */
  readonly kinesis: BatchWrapper<KinesisRecord>
  /** One call for each change in a table of DynamoDB. The first that failed is reported by its sequence number. */
  readonly dynamodb: BatchWrapper<DynamoDbRecord>
  /**
   * For a handler of whole events, of any source: the invocation has a span that links to what has sent the records.
   * Without an SDK it is the handler's own call. Handlers with a callback are refused, by a `TypeError`.
   */
  readonly auto: <E, A, C extends LambdaContext = LambdaContext>(
    handler: (event: E, context: C) => A,
    options?: LambdaOptions,
  ) => (event: E, context: C) => A | Promise<Awaited<A>>
}

/**
 * Makes Lambda handlers, traced: the invocation has a span, and so has the handling of each record, which the wrapped
 * function gets as Lambda gave it. Without an SDK all of it does the same, untraced. An event that has no records of the
 * source is a `TypeError`.
 */
export const wrapHandler: WrapHandler = {
  sqs: of(sqs) as WrapHandler['sqs'],
  sns: of(sns) as WrapHandler['sns'],
  kafka: of(kafka) as WrapHandler['kafka'],
  rabbitmq: of(rabbitmq) as WrapHandler['rabbitmq'],
  eventBridge: of(eventBridge) as WrapHandler['eventBridge'],
  kinesis: of(kinesis) as WrapHandler['kinesis'],
  dynamodb: of(dynamodb) as WrapHandler['dynamodb'],
  auto: ((handler: Parameters<typeof wrapEvent>[0], options: LambdaOptions = {}) =>
    wrapEvent(handler, options)) as WrapHandler['auto'],
}

function of<R>(source: EventSource<R>): unknown {
  return (handler: Parameters<typeof wrapRecords<R>>[1], options: BatchOptions<R> = {}) =>
    wrapRecords(source, handler, options)
}

export type { LambdaContext } from './context.ts'
export type { BatchResponse } from './failures.ts'
export type { BatchOptions, FlushOptions, LambdaOptions, PartialFailures, RecordsOptions } from './options.ts'
export type { DynamoDbRecord } from './sources/dynamodb.ts'
export type { EventBridgeEvent } from './sources/event-bridge.ts'
export type { KafkaRecord } from './sources/kafka.ts'
export type { KinesisRecord } from './sources/kinesis.ts'
export type { RabbitMqRecord } from './sources/rabbitmq.ts'
export type { SnsRecord } from './sources/sns.ts'
export type { SqsRecord } from './sources/sqs.ts'
