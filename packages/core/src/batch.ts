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
import { delaysOf, operationAttributes, spanName, addMessage, type Operation } from './attributes.ts'
import type { ReadCarrier } from './carrier.ts'
import { flowOfSpanContext } from './flow-context.ts'
import { guard } from './guard.ts'
import { withTemplate, type Kernel } from './kernel.ts'
import type { MessageFacts } from './message.ts'
import { observe } from './observe.ts'
import { inLoops } from './loop.ts'
import { linkAttributes, type ProcessOperation } from './process.ts'
import { creationContext } from './propagation.ts'
import * as names from './semconv.ts'

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
  const batch = guard(
    'starting a batch span',
    () => start(kernel, withTemplate(kernel, operation)),
    undefined,
  )
  if (!batch) return handler(ROOT_CONTEXT)
  return observe(
    () => context.with(batch.context, () => handler(batch.context)),
    () => batch.end(undefined),
    (error) => batch.end({ error }),
  )
}

interface Batch {
  readonly context: Context
  end(failure: { error: unknown } | undefined): void
}

function start<M>(kernel: Kernel<never, M>, operation: BatchOperation<M>): Batch {
  const startMs = Date.now()
  const links = messageLinks(kernel, operation, startMs)
  const spans = startSpans(kernel, operation, links)
  const span = spans[0]
  if (span) kernel.onProcessBatch(span, operation.messages)
  if (operation.delivers) kernel.metrics.consumed(operation, operation.messages.length)
  const batch = span ? trace.setSpan(ROOT_CONTEXT, span) : ROOT_CONTEXT
  const endLoops = inLoops(kernel, operation, batch)
  return {
    context: batch,
    end(failure) {
      guard('ending the loops over a batch', () => endLoops(failure), undefined)
      guard('ending a batch span', () => finish(kernel, operation, spans, startMs, failure), undefined)
    },
  }
}

/** Links to the messages' creation contexts, for batches and receives; counts what their delays were. */
export function messageLinks<M>(
  kernel: Kernel<never, M>,
  operation: Pick<BatchOperation<M>, 'messages' | 'carrier' | 'facts'> & Operation,
  nowMs: number,
): Link[] {
  const links: Link[] = []
  for (const message of operation.messages) {
    const facts = guard('describing a message', () => operation.facts(message), {})
    const creation = creationContext(operation.carrier, message)
    if (kernel.metrics.enabled) {
      const flow = flowOfSpanContext(creation)
      kernel.metrics.delivery(operation, delaysOf(facts, flow, nowMs), facts.attempt, flow)
    }
    if (creation) links.push({ context: creation, attributes: linkAttributes(kernel, facts) })
  }
  return links
}

/**
 * One span, and as many more below it as its links need: SDKs drop links beyond their limit, the oldest
 * first, without a word.
 */
export function startSpans<M>(
  kernel: Kernel<never, M>,
  operation: BatchOperation<M>,
  links: readonly Link[],
): Span[] {
  const tracer = kernel.tracer()
  if (!tracer) return []
  const attributes = operationAttributes(kernel.system, operation, 'process')
  if (operation.common) addMessage(attributes, operation.common)
  attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] = operation.messages.length
  attributes[names.FLOWSTITCH_RELATION] = 'link'
  attributes[names.FLOWSTITCH_RELATION_REASON] = 'batch'
  return startWithLinks(kernel, spanName(operation), SpanKind.CONSUMER, attributes, links, ROOT_CONTEXT)
}

/** Starts a span and, for links beyond the limit, parts of it as its children. */
export function startWithLinks<S, R>(
  kernel: Kernel<S, R>,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  links: readonly Link[],
  parent: Context,
  startTime?: number,
): Span[] {
  const tracer = kernel.tracer()
  if (!tracer) return []
  const limit = linkLimit()
  const named = kernel.named(attributes)
  const start = (from: number, own: Attributes, below: Context): Span | undefined => {
    const options = { kind, attributes: own, links: links.slice(from, from + limit), startTime }
    return guard('starting a span', () => tracer.startSpan(name, options, below), undefined)
  }
  const first = start(0, named, parent)
  if (!first) return []
  const spans = [first]
  for (let from = limit; from < links.length; from += limit) {
    const part = start(
      from,
      { ...named, [names.FLOWSTITCH_BATCH_PART]: spans.length + 1 },
      trace.setSpan(parent, first),
    )
    if (part) spans.push(part)
  }
  return spans
}

function finish<M>(
  kernel: Kernel<never, M>,
  operation: Operation,
  spans: readonly Span[],
  startMs: number,
  failure: { error: unknown } | undefined,
): void {
  const errorType = failure && kernel.errorType(failure.error)
  const [first] = spans
  if (first && failure) kernel.failed(first, 'process', failure.error, errorType ?? '_OTHER')
  for (const span of spans.toReversed()) span.end()
  kernel.metrics.process(operation, startMs, errorType)
}

const DEFAULT_LINK_LIMIT = 128

/** What the SDK keeps of a span's links (OpenTelemetry SDK environment variables, "Span limits"). */
function linkLimit(): number {
  const configured = Number(globalThis.process?.env.OTEL_SPAN_LINK_COUNT_LIMIT || DEFAULT_LINK_LIMIT)
  return configured >= 1 ? Math.min(configured, DEFAULT_LINK_LIMIT) : DEFAULT_LINK_LIMIT
}
