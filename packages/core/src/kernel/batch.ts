import { context, ROOT_CONTEXT, SpanKind, trace, type Context, type Span } from '@opentelemetry/api'
import { messageAttributes, withPlace, type Operation } from '../conventions/attributes.ts'
import type { Shape } from '../conventions/shape.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import type { MessageFacts } from '../model/message.ts'
import { guard } from '../runtime/guard.ts'
import { observe } from '../runtime/observe.ts'
import * as names from '../semconv.ts'
import type { Kernel } from './kernel.ts'
import { endLinked, messageLinks, startLinked } from './links.ts'
import { inLoops } from './loop.ts'
import type { ProcessOperation } from './process.ts'

/** Several messages that the application handles in one go. */
export interface BatchOperation<M> extends Operation {
  readonly messages: readonly M[]
  readonly carrier: ReadCarrier<M>
  /** What holds for all of them. */
  readonly common?: MessageFacts
  /** What holds for one of them alone. */
  facts(message: M): MessageFacts
  readonly delivers: boolean
  /** How one of them is handled in the batch, where the application may loop over `messages` itself. */
  readonly each?: (message: M, batch: Context) => ProcessOperation<M>
}

/**
 * Handles a batch, in a span that links to each message. It has no parent: none of the messages is more of a
 * cause than the others. `handler` gets the batch's context, for the process spans of single messages in it.
 */
export function processBatch<M, R>(
  kernel: Kernel<never, M>,
  operation: BatchOperation<M>,
  handler: (batch: Context) => R,
): R {
  const batch = guard('starting a batch span', () => start(kernel, operation), undefined)
  if (!batch) return handler(ROOT_CONTEXT)
  const end = (failure?: { error: unknown }): void => {
    guard('ending the loops over a batch', () => batch.endLoops(failure), undefined)
    guard('ending a batch span', () => finish(kernel, batch, failure), undefined)
  }
  return observe(
    () => context.with(batch.context, () => handler(batch.context)),
    () => end(),
    (error) => end({ error }),
  )
}

interface Batch {
  readonly shape: Shape
  readonly startMs: number
  readonly spans: readonly Span[]
  readonly context: Context
  readonly endLoops: (failure?: { readonly error: unknown }) => void
}

function start<M>(kernel: Kernel<never, M>, operation: BatchOperation<M>): Batch {
  const startMs = Date.now()
  const { messages, common = {}, delivers } = operation
  const shape = kernel.shape(operation, 'process')
  const links = messageLinks(kernel, shape, operation, startMs)
  const attributes = {
    ...withPlace(shape.attributes, common),
    [names.MESSAGING_BATCH_MESSAGE_COUNT]: messages.length,
  }
  const spans = startLinked(kernel, {
    shape,
    kind: SpanKind.CONSUMER,
    attributes,
    links,
    messages: messages.length,
    parent: ROOT_CONTEXT,
  })
  const [span] = spans
  if (span?.isRecording()) {
    kernel.describe(span, shape, {
      ...messageAttributes(common),
      [names.FLOWSTITCH_RELATION]: 'link',
      [names.FLOWSTITCH_RELATION_REASON]: 'batch',
    })
  }
  if (span) kernel.onProcessBatch(span, messages)
  if (delivers) kernel.metrics.consumed(shape, messages.length)
  const batch = span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT
  return { shape, startMs, spans, context: batch, endLoops: inLoops(kernel, operation, batch) }
}

function finish<M>(
  kernel: Kernel<never, M>,
  { shape, spans, startMs }: Batch,
  failure: { error: unknown } | undefined,
): void {
  const errorType = failure && kernel.failed(spans[0], 'process', failure.error)
  endLinked(spans)
  kernel.metrics.process(shape, startMs, errorType)
}
