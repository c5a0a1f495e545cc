import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanOptions,
  type SpanContext,
} from '@opentelemetry/api'
import { describeFlow, withPlace, type Operation } from '../conventions/attributes.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import { delaysOf, describeDelays, type Delays } from '../conventions/delays.ts'
import { factsOf } from '../model/facts.ts'
import { flowOfSpanContext, type FlowContext } from '../propagation/flow-context.ts'
import { report } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import type { MessageFacts } from '../model/message.ts'
import { observe } from '../runtime/observe.ts'
import { extract } from '../propagation/propagation.ts'
import { decideRelation, type RelationDecision } from './relation.ts'
import * as names from '../semconv.ts'
import type { Shape } from '../conventions/shape.ts'
import { TracedContext } from '../propagation/traced-context.ts'

/** One message that the application handles. */
export interface ProcessOperation<M> extends Operation {
  readonly message: M
  facts(message: M): MessageFacts
  readonly carrier: ReadCarrier<M>
  /**
   * Whether the application asked for the message, so that the context it is in has to do with it. A callback's
   * ambient context is whatever ran when the consumer was started, and counts for nothing.
   */
  readonly pulled: boolean
  /** Whether no receive or batch operation has counted the delivery. */
  readonly delivers: boolean
  /** The batch that the message is handled in: its span is the parent then. */
  readonly batch?: Context
  /** When the handling began, in milliseconds since the epoch, if that is not now. */
  readonly startTime?: number | undefined
}

/** A message being handled. Exactly one of `succeed` and `fail` ends it; later calls count for nothing. */
export interface Processing {
  /** The context that the handler runs in. */
  readonly context: Context
  /** The message's creation context. */
  readonly creation: SpanContext | undefined
  run<R>(handler: () => R): R
  /** Notes how the delivery was settled while it is handled. The span goes on: its end is the end of the handler's work. */
  settled(how: string): void
  succeed(): void
  fail(error: unknown): void
}

/** Handles one message, in a span that ends with the handler's work: its return, or the promise it returns. */
export function process<M, R>(kernel: Kernel<never, M>, operation: ProcessOperation<M>, handler: () => R): R {
  const processing = startProcess(kernel, operation)
  return observe(
    () => processing.run(handler),
    () => processing.succeed(),
    (error) => processing.fail(error),
  )
}

/** Starts the handling of a message whose end is told by other means than a promise. */
export function startProcess<M>(kernel: Kernel<never, M>, operation: ProcessOperation<M>): Processing {
  try {
    return start(kernel, operation)
  } catch (error) {
    report('starting to process', error)
    return UNTRACED
  }
}

/** For what is neither traced nor touched. */
export const UNTRACED: Processing = {
  context: ROOT_CONTEXT,
  creation: undefined,
  run: (handler) => handler(),
  settled: () => {},
  succeed: () => {},
  fail: () => {},
}

function start<M>(kernel: Kernel<never, M>, operation: ProcessOperation<M>): Processing {
  const { batch, message, destination, startTime } = operation
  const startMs = startTime ?? Date.now()
  const shape = kernel.shape(operation, 'process')
  const facts = factsOf(operation, message)
  const { creation, base } = extract(operation.carrier, message)
  const flow = flowOfSpanContext(creation)
  const delays = delaysOf(facts, flow, startMs)
  const decision = batch
    ? IN_BATCH
    : creation
      ? decideRelation(kernel.relation(destination), facts, delays.dwellMs, kernel.longDelayMs)
      : NO_CONTEXT
  const continued = decision.relation === 'parent' && creation ? trace.wrapSpanContext(creation) : undefined
  const above = batch ? trace.getSpan(batch) : continued
  const ambient = operation.pulled && !batch ? trace.getSpanContext(context.active()) : undefined
  const links: Link[] = []
  if (creation) links.push({ context: creation })
  if (ambient) links.push({ context: ambient })
  const span = startSpan(kernel, shape, facts, { links, startTime }, new TracedContext(base, above, flow))
  if (span?.isRecording()) describe(kernel, span, shape, facts, delays, flow, decision)
  if (span) kernel.onProcess(span, message)
  if (operation.delivers) {
    kernel.metrics.consumed(shape, 1)
    kernel.metrics.delivery(shape, delays, facts.attempt, flow)
  }
  const below = span ? base : new TracedContext(base, continued, undefined)
  return new TracedProcessing(kernel, shape, span, below, flow, creation, startMs)
}

const IN_BATCH: RelationDecision = { relation: 'child', reason: 'in-batch' }
const NO_CONTEXT: RelationDecision = { relation: 'link', reason: 'no-context' }

function startSpan<M>(
  kernel: Kernel<never, M>,
  shape: Shape,
  facts: MessageFacts,
  given: SpanOptions,
  parent: Context,
): Span | undefined {
  // Only what samplers ask for goes in at the start: SDKs check those attributes twice.
  const attributes = withPlace(shape.attributes, facts)
  try {
    return kernel
      .tracer()
      ?.startSpan(shape.spanName, { ...given, kind: SpanKind.CONSUMER, attributes }, parent)
  } catch (error) {
    report('starting a process span', error)
    return undefined
  }
}

function describe<M>(
  kernel: Kernel<never, M>,
  span: Span,
  shape: Shape,
  facts: MessageFacts,
  delays: Delays,
  flow: FlowContext | undefined,
  { relation, reason }: RelationDecision,
): void {
  const sink = kernel.describe(span, shape, facts)
  describeDelays(sink, delays)
  describeFlow(sink, flow)
  sink.setAttribute(names.FLOWSTITCH_RELATION, relation)
  sink.setAttribute(names.FLOWSTITCH_RELATION_REASON, reason)
}

/** Who keeps it until its settlement keeps neither the message, nor, once its work has ended, the span. */
class TracedProcessing<M> implements Processing {
  readonly creation: SpanContext | undefined
  readonly #kernel: Kernel<never, M>
  readonly #shape: Shape
  readonly #base: Context
  readonly #startMs: number
  #span: Span | undefined
  #flow: FlowContext | undefined
  #ended = false

  constructor(
    kernel: Kernel<never, M>,
    shape: Shape,
    span: Span | undefined,
    base: Context,
    flow: FlowContext | undefined,
    creation: SpanContext | undefined,
    startMs: number,
  ) {
    this.#kernel = kernel
    this.#shape = shape
    this.#span = span
    this.#base = base
    this.#flow = flow
    this.#startMs = startMs
    this.creation = creation
  }

  get context(): Context {
    return new TracedContext(this.#base, this.#span, this.#flow)
  }

  run<R>(handler: () => R): R {
    return context.with(this.context, handler)
  }

  settled(how: string): void {
    if (!this.#ended) this.#span?.setAttribute(names.FLOWSTITCH_SETTLEMENT, how)
  }

  succeed(): void {
    this.#end(undefined)
  }

  fail(error: unknown): void {
    this.#end({ error })
  }

  #end(failure: { error: unknown } | undefined): void {
    if (this.#ended) return
    this.#ended = true
    const kernel = this.#kernel
    const span = this.#span
    try {
      const errorType = failure && kernel.errorType(failure.error)
      if (span && failure) kernel.failed(span, 'process', failure.error, errorType ?? '_OTHER')
      span?.end()
      kernel.metrics.process(this.#shape, this.#startMs, errorType)
    } catch (error) {
      report('ending a process span', error)
    }
    this.#span = span && trace.wrapSpanContext(span.spanContext())
    this.#flow = undefined
  }
}
