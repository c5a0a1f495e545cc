import type { Span } from '@opentelemetry/api'

/**
 * How a consumer span stands to the message it handles. It always links to the message's creation context;
 * `parent` continues the producer's trace as well, `link` starts a new one. `auto` continues the trace for a
 * single, fresh message in its first attempt and starts a new one for batches, retries, scheduled and
 * long-delayed messages and for what comes out of a dead-letter queue.
 */
export type Relation = 'auto' | 'parent' | 'link'

/** Which generation of attribute names to write: `dup` writes both. */
export type SemconvGeneration = '1.45' | '1.44' | 'dup'

/** Which metrics to record: all, those four that the conventions have, or none. */
export type WhichMetrics = 'all' | 'standard' | 'none'

/** The options of every adapter. A function given here that throws is reported to `diag` and harms nothing. */
export interface InstrumentationOptions<Sent = unknown, Received = unknown> {
  /** The relation, or one for each destination's name. Default `auto`. */
  relation?: Relation | ((destination: string) => Relation)
  /** From how much time in the queue on `auto` starts a new trace, in milliseconds. Default ten minutes. */
  longDelayMs?: number
  /**
   * Whether a call that sends several messages gets a create span for each. Default `auto`: up to a hundred
   * messages a call; beyond that, one send span's context travels in all of them.
   */
  createSpans?: 'auto' | 'always' | 'never'
  /** Whether acknowledgements, commits and deletions get spans of their own. Default true. */
  settleSpans?: boolean
  /** Default: what `OTEL_SEMCONV_STABILITY_OPT_IN` says (`messaging/dup` writes both), else `1.45`. */
  semconv?: SemconvGeneration
  /**
   * Which metrics to record, where there is a meter provider. Default `all`: the conventions' four, and five histograms of
   * how long, how often and how far each delivered message has travelled, which SDKs take about 4 µs a message for.
   */
  metrics?: WhichMetrics
  /** Messages of these destinations are neither traced nor touched. */
  ignore?: (destination: string) => boolean
  /** A low-cardinality form of a destination's name, for span names and metrics. Asked once in a while, not each time. */
  destinationTemplate?: (destination: string) => string | undefined
  /** Whether to record message keys. Default true. */
  captureKey?: boolean
  /** Whether to record body sizes. Default false. */
  captureBodySize?: boolean
  /** Called with the span of each message that is sent. */
  onSend?: (span: Span, message: Sent) => void
  /** Called with the span of each message that is handled. */
  onProcess?: (span: Span, message: Received) => void
  /** Called with the span of each batch that is handled in one go. */
  onProcessBatch?: (span: Span, messages: readonly Received[]) => void
}
