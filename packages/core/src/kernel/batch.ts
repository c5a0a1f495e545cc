import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api'
import { withPlace, type Operation } from '../conventions/attributes.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import { delaysOf } from '../conventions/delays.ts'
import { factsOf } from '../model/facts.ts'
import { flowOfSpanContext } from '../propagation/flow-context.ts'
import { guard, report } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import type { MessageFacts } from '../model/message.ts'
import { inLoops } from './loop.ts'
import { observe } from '../runtime/observe.ts'
import type { ProcessOperation } from './process.ts'
import { creationContext } from '../propagation/propagation.ts'
import * as names from '../semconv.ts'
import type { Shape } from '../conventions/shape.ts'

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
  const { messages, common, delivers } = operation
  const shape = kernel.shape(operation, 'process')
  const links = messageLinks(kernel, shape, operation, startMs)
  const attributes = {
    ...withPlace(shape.attributes, common ?? {}),
    [names.MESSAGING_BATCH_MESSAGE_COUNT]: messages.length,
  }
  const spans = startWithLinks(kernel, shape, SpanKind.CONSUMER, attributes, links, ROOT_CONTEXT)
  const [span] = spans
  if (span?.isRecording()) {
    const sink = kernel.describe(span, shape, common)
    sink.setAttribute(names.FLOWSTITCH_RELATION, 'link')
    sink.setAttribute(names.FLOWSTITCH_RELATION_REASON, 'batch')
  }
  if (span) kernel.onProcessBatch(span, messages)
  if (delivers) kernel.metrics.consumed(shape, messages.length)
  const batch = span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT
  return { shape, startMs, spans, context: batch, endLoops: inLoops(kernel, operation, batch) }
}

/** Links to the messages' creation contexts, for batches and receives; counts what their delays were. */
export function messageLinks<M>(
  kernel: Kernel<never, M>,
  shape: Shape,
  operation: Pick<BatchOperation<M>, 'messages' | 'carrier' | 'facts'>,
  nowMs: number,
): Link[] {
  const links: Link[] = []
  const counts = kernel.metrics.ofDeliveries
  for (const message of operation.messages) {
    const facts = factsOf(operation, message)
    const creation = creationContext(operation.carrier, message)
    if (counts) {
      const flow = flowOfSpanContext(creation)
      kernel.metrics.delivery(shape, delaysOf(facts, flow, nowMs), facts.attempt, flow)
    }
    if (creation) links.push({ context: creation, attributes: kernel.messageAttributes(facts) })
  }
  return links
}

/**
 * Starts a span, and as many more below it as its links need: SDKs drop links beyond their limit, the oldest
 * first, without a word. The first is the caller's to describe.
 */
export function startWithLinks<S, R>(
  kernel: Kernel<S, R>,
  shape: Shape,
  kind: SpanKind,
  attributes: Attributes,
  links: Link[],
  parent: Context,
  startTime?: number,
): Span[] {
  const tracer = kernel.tracer()
  if (!tracer) return []
  // Most spans have few links: what the limit is need not be found out then.
  const limit = links.length > 1 ? linkLimit() : 1
  const spans: Span[] = []
  for (let from = 0; from === 0 || from < links.length; from += limit) {
    const [first] = spans
    const own = first ? { ...attributes, [names.FLOWSTITCH_BATCH_PART]: spans.length + 1 } : attributes
    const some = links.length > limit ? links.slice(from, from + limit) : links
    const options = { kind, attributes: own, links: some, startTime }
    try {
      const part = tracer.startSpan(shape.spanName, options, first ? trace.setSpan(parent, first) : parent)
      spans.push(part)
      if (first) kernel.describe(part, shape, undefined)
    } catch (error) {
      report('starting a span', error)
      if (!first) break
    }
  }
  return spans
}

function finish<M>(
  kernel: Kernel<never, M>,
  { shape, spans, startMs }: Batch,
  failure: { error: unknown } | undefined,
): void {
  const errorType = failure && kernel.errorType(failure.error)
  const [first] = spans
  if (first && failure) kernel.failed(first, 'process', failure.error, errorType ?? '_OTHER')
  for (const span of spans.toReversed()) span.end()
  kernel.metrics.process(shape, startMs, errorType)
}

const DEFAULT_LINK_LIMIT = 128

/** What the SDK keeps of a span's links (OpenTelemetry SDK environment variables, "Span limits"). */
function linkLimit(): number {
  const configured = Number(globalThis.process?.env.OTEL_SPAN_LINK_COUNT_LIMIT || DEFAULT_LINK_LIMIT)
  return configured >= 1 ? Math.min(configured, DEFAULT_LINK_LIMIT) : DEFAULT_LINK_LIMIT
}
