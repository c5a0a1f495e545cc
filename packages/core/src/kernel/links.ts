import { SpanKind, trace, type Attributes, type Context, type Link, type Span } from '@opentelemetry/api'
import { delaysOf } from '../conventions/delays.ts'
import type { Shape, SpanShape } from '../conventions/shape.ts'
import { factsOf } from '../model/facts.ts'
import { flowOfLinks, flowOfSpanContext } from '../propagation/flow-context.ts'
import { creationContext } from '../propagation/propagation.ts'
import { TracedContext } from '../propagation/traced-context.ts'
import { FLOWSTITCH_BATCH_PART } from '../semconv.ts'
import type { BatchOperation } from './batch.ts'
import type { Kernel } from './kernel.ts'

/** Links to the messages' creation contexts, for batches and receives; counts what their delays were. */
export function messageLinks<M>(
  kernel: Kernel<never, M>,
  shape: Shape,
  operation: Pick<BatchOperation<M>, 'messages' | 'carrier' | 'common' | 'facts' | 'delivers'>,
  nowMs: number,
): Link[] {
  const { messages, carrier, common, delivers } = operation
  const links: Link[] = []
  const measured = delivers && kernel.metrics.ofDeliveries
  for (const message of messages) {
    const facts = factsOf(operation, message)
    const creation = creationContext(carrier, message)
    if (measured) {
      const flow = flowOfSpanContext(creation)
      kernel.metrics.delivery(shape, delaysOf(facts, flow, nowMs), facts.attempt, flow)
    }
    if (creation) links.push({ context: creation, attributes: kernel.messageAttributes(facts, common) })
  }
  return links
}

/** A span that is to be started, however many links it has. */
export interface LinkedSpan {
  readonly shape: SpanShape
  readonly kind: SpanKind
  readonly attributes: Attributes
  readonly links: Link[]
  /** How many messages it is of, where some may have no creation context to link to. */
  readonly messages?: number
  readonly parent: Context
  readonly startTime?: number | undefined
}

/**
 * Starts a span, and as many more below it as its links need: SDKs drop links beyond their limit, the oldest
 * first, without a word. The first is the caller's to describe.
 */
export function startLinked<S, R>(kernel: Kernel<S, R>, linked: LinkedSpan): Span[] {
  const { shape, kind, attributes, links, startTime } = linked
  // Most spans have a link or none: what the limit is need not be found out then.
  const limit = links.length > 1 ? linkLimit() : 1
  const parent = isOfMore(linked, limit) ? new TracedContext(linked.parent, undefined, null) : linked.parent
  const fitting = links.length > limit ? links.slice(0, limit) : links
  const first = kernel.startSpan(shape, { kind, attributes, links: fitting, startTime }, parent)
  if (!first) return []
  const spans = [first]
  const kept = links.length > 1 ? keptLinks(first, fitting.length) : links.length
  if (kept === links.length || kept === 0) return spans
  const left = [...fitting.slice(0, fitting.length - kept), ...links.slice(fitting.length)]
  for (let from = 0; from < left.length; from += kept) {
    const part = kernel.startSpan(
      shape,
      {
        kind: kind === SpanKind.PRODUCER ? SpanKind.CLIENT : kind,
        attributes: { ...attributes, [FLOWSTITCH_BATCH_PART]: spans.length + 1 },
        links: left.slice(from, from + kept),
        startTime,
      },
      trace.setSpan(parent, first),
    )
    if (!part) continue
    kernel.describe(part, shape)
    spans.push(part)
  }
  return spans
}

/** Whether it is of messages whose flows no sampler sees in the links that it is shown. */
function isOfMore({ links, messages = links.length }: LinkedSpan, limit: number): boolean {
  if (links.length === 0) return false
  return messages > links.length || (links.length > limit && !flowOfLinks(links))
}

/** SDKs that are given a limit in code keep the newest, and tell of them on their spans. */
function keptLinks(span: Span, given: number): number {
  const { links } = span as { readonly links?: unknown }
  return Array.isArray(links) ? Math.min(links.length, given) : given
}

/** Ends a span after those below it. */
export function endLinked(spans: readonly Span[]): void {
  for (let at = spans.length - 1; at >= 0; at--) spans[at]?.end()
}

const DEFAULT_LINK_LIMIT = 128

/** What the SDK keeps of a span's links (OpenTelemetry SDK environment variables, "Span limits"). */
function linkLimit(): number {
  const configured = Number(globalThis.process?.env.OTEL_SPAN_LINK_COUNT_LIMIT || DEFAULT_LINK_LIMIT)
  return configured >= 1 ? Math.min(configured, DEFAULT_LINK_LIMIT) : DEFAULT_LINK_LIMIT
}
