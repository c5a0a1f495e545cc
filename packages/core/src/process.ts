import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import {
  addDelays,
  addFlow,
  addMessage,
  delaysOf,
  operationAttributes,
  spanName,
  type Operation,
} from './attributes.ts'
import type { ReadCarrier } from './carrier.ts'
import { flowOfSpanContext, withFlow } from './flow-context.ts'
import { guard } from './guard.ts'
import { withTemplate, type Kernel } from './kernel.ts'
import type { MessageFacts } from './message.ts'
import { observe } from './observe.ts'
import { extract } from './propagation.ts'
import { decideRelation } from './relation.ts'
import * as names from './semconv.ts'

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
  return guard('starting to process', () => start(kernel, withTemplate(kernel, operation)), UNTRACED)
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
  const { batch, message, startTime } = operation
  const startMs = startTime ?? Date.now()
  const facts = guard('describing a message', () => operation.facts(message), {})
  const extracted = extract(operation.carrier, operation.message)
  const creation = trace.getSpanContext(extracted)
  const flow = flowOfSpanContext(creation)
  const delays = delaysOf(facts, flow, startMs)
  const ambient = operation.pulled && !batch ? trace.getSpanContext(context.active()) : undefined

  const decision = batch
    ? ({ relation: 'child', reason: 'in-batch' } as const)
    : creation
      ? decideRelation(kernel.relation(operation.destination), facts, delays.dwellMs, kernel.longDelayMs)
      : ({ relation: 'link', reason: 'no-context' } as const)
  const base = withFlow(decision.relation === 'parent' ? extracted : trace.deleteSpan(extracted), flow)
  const parent = batch ? trace.setSpan(base, trace.getSpan(batch) ?? noSpan()) : base

  const attributes = operationAttributes(kernel.system, operation, 'process')
  if (facts.partition !== undefined) attributes[names.MESSAGING_DESTINATION_PARTITION_ID] = facts.partition
  const links: Link[] = []
  if (creation) links.push({ context: creation })
  if (ambient) links.push({ context: ambient })
  const options = { kind: SpanKind.CONSUMER, attributes: kernel.named(attributes), links, startTime }
  const span = guard(
    'starting a process span',
    () => kernel.tracer()?.startSpan(spanName(operation), options, parent),
    undefined,
  )
  if (span?.isRecording()) {
    // Only what samplers ask for goes in at the start: SDKs check those attributes twice.
    const known = addMessage({}, facts)
    addDelays(known, delays)
    addFlow(known, flow)
    known[names.FLOWSTITCH_RELATION] = decision.relation
    known[names.FLOWSTITCH_RELATION_REASON] = decision.reason
    span.setAttributes(kernel.named(known))
  }
  if (span) kernel.onProcess(span, operation.message)
  if (operation.delivers) {
    kernel.metrics.consumed(operation, 1)
    kernel.metrics.delivery(operation, delays, facts.attempt, flow)
  }
  // Who keeps the handling until its settlement must not keep the message.
  const { name, destination, endpoint } = operation
  return new TracedProcessing(
    kernel,
    { name, destination, endpoint },
    span,
    span ? trace.setSpan(base, span) : base,
    creation,
    startMs,
  )
}

function noSpan(): Span {
  return trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 })
}

class TracedProcessing<M> implements Processing {
  readonly context: Context
  readonly creation: SpanContext | undefined
  readonly #kernel: Kernel<never, M>
  readonly #operation: Operation
  readonly #span: Span | undefined
  readonly #startMs: number
  #ended = false

  constructor(
    kernel: Kernel<never, M>,
    operation: Operation,
    span: Span | undefined,
    ctx: Context,
    creation: SpanContext | undefined,
    startMs: number,
  ) {
    this.#kernel = kernel
    this.#operation = operation
    this.#span = span
    this.#startMs = startMs
    this.context = ctx
    this.creation = creation
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
    guard(
      'ending a process span',
      () => {
        const errorType = failure && this.#kernel.errorType(failure.error)
        if (this.#span && failure)
          this.#kernel.failed(this.#span, 'process', failure.error, errorType ?? '_OTHER')
        this.#span?.end()
        this.#kernel.metrics.process(this.#operation, this.#startMs, errorType)
      },
      undefined,
    )
  }
}

/** For the link of a message in a batch or on a receive span. */
export function linkAttributes<M>(kernel: Kernel<never, M>, facts: MessageFacts): Attributes {
  return kernel.named(addMessage({}, facts))
}
