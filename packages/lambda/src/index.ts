import type { GivenContext, LambdaContext } from './context.ts'
import type { BatchResponse } from './failures.ts'
import type { BatchOptions } from './options.ts'
import { wrapRecords } from './records.ts'
import type { EventSource } from './source.ts'
import { sqs, type SqsRecord } from './sources/sqs.ts'

/** What Lambda calls. */
export type EventHandler<A, C> = (event: unknown, context: C) => Promise<A>

/** Wraps a handler of single records. */
export interface BatchWrapper<Record, Id = string> {
  <R extends Record = Record, C extends LambdaContext = LambdaContext>(
    handler: (record: R, context: C) => unknown,
    options?: BatchOptions<R> & { partialFailures?: false },
  ): EventHandler<void, C>
  <R extends Record = Record, C extends LambdaContext = LambdaContext>(
    handler: (record: R, context: C) => unknown,
    options: BatchOptions<R>,
  ): EventHandler<BatchResponse<Id>, C>
}

function batches<R, Id>(source: EventSource<R>): BatchWrapper<R, Id> {
  const wrap = (
    handler: (record: R, context: LambdaContext) => unknown,
    options: BatchOptions<R> = {},
  ): unknown => wrapRecords(source, handler as Parameters<typeof wrapRecords<R>>[1], options)
  return wrap as BatchWrapper<R, Id>
}

/** A wrapper for the handlers of each event source. */
export interface WrapHandler {
  /** One call for each message of Amazon SQS. Partial failures are reported by message id. */
  readonly sqs: BatchWrapper<SqsRecord>
}

/**
 * Makes a Lambda handler out of one for single records, traced: the invocation has a span, and so has the handling of
 * each record. Without an SDK it does the same, untraced.
 */
export const wrapHandler: WrapHandler = { sqs: batches(sqs) }

export type { GivenContext, LambdaContext }
export type { BatchResponse } from './failures.ts'
export type { BatchOptions, FlushOptions, LambdaOptions, PartialFailures, RecordsOptions } from './options.ts'
export type { SqsRecord } from './sources/sqs.ts'
