import type { InstrumentationOptions } from '@flowstitch/core'

/** How long a function waits for its telemetry to be exported, before it answers. */
export interface FlushOptions {
  /**
   * Default `await`: Lambda freezes a function that has answered, and what it holds is late or lost. `none` where
   * nothing is frozen, as in Lambda Managed Instances (the default there), or an extension takes it at once.
   */
  mode?: 'await' | 'none'
  /** Milliseconds, at most. Default 500; never beyond the function's own time. */
  timeoutMs?: number
}

/** The options of all adapters that have to do with handling, and those of a function. */
export interface LambdaOptions<R = unknown> extends Pick<
  InstrumentationOptions<never, R>,
  | 'relation'
  | 'longDelayMs'
  | 'semconv'
  | 'metrics'
  | 'ignore'
  | 'destinationTemplate'
  | 'captureKey'
  | 'captureBodySize'
  | 'onProcess'
> {
  flush?: FlushOptions
  /**
   * Whether the invocation continues X-Ray's trace. Default: whether `OTEL_PROPAGATORS` has `xray-lambda`. Where
   * X-Ray's own spans do not go to your backend, it would show traces without a beginning.
   */
  xray?: boolean
  /**
   * For records that have no headers (EventBridge, Kinesis, DynamoDB): the name below which their content has what
   * `captureContext` of `@flowstitch/core` answered. Default `trace_context`.
   */
  contextKey?: string
}

/** How the records of an event are handled. */
export interface RecordsOptions<R = unknown> extends LambdaOptions<R> {
  /** How many records are handled at a time. Default 1. The order that a queue or stream has stays. */
  concurrency?: number
  /** Told of each record that failed, unless its error is the function's own. Default: `console.error`. */
  onFailure?: (error: unknown, record: R) => void
}

/** How failed records are reported to Lambda. */
export interface PartialFailures {
  /** Whether in a FIFO queue a failure leaves only the rest of its message group. Default false: all behind it. */
  skipGroupOnError?: boolean
  /** Whether the function fails where no record was handled at all, as its metrics then tell. Default true. */
  throwOnFullBatchFailure?: boolean
}

/** How the records of an event are handled whose source takes partial failures. */
export interface BatchOptions<R = unknown> extends RecordsOptions<R> {
  /**
   * Whether records that failed are reported, and only they come again. The event source mapping needs
   * `ReportBatchItemFailures` for it: without, Lambda takes the answer for success. Default false: the first failure
   * fails the function.
   */
  partialFailures?: boolean | PartialFailures
}
