import {
  context,
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { addFlow, messageAttributes, withPlace, type Operation } from '../conventions/attributes.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import { addDelays, delaysOf, type Delays } from '../conventions/delays.ts'
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
   * Whether the application asked for the message: then it is handled in the context that is active, with a span and
   * a flow of its own. A callback's is whatever ran when the consumer was started, and counts for nothing.
   */
  readonly pulled: boolean
  /** Whether no receive or batch operation has counted the delivery. */
  readonly delivers: boolean
  /** The batch that the message is handled in: its span is the parent then. */
  readonly batch?: Context
  /**
   * The invocation of a function that the message is handled in alone: its span is the parent, unless the producer's
   * trace is continued. Then it links to the message's.
   */
  readonly invocation?: Context
  /** When the handling began, in milliseconds since the epoch, if that is not now. */
  readonly startTime?: number | undefined
}

/** A message being handled. Exactly one of `succeed` and `fail` ends it; later calls count for nothing. */
export interface Processing {
  /** The context that the handler runs in. */
  readonly context: Context
  /** The message's creation context. */
  readonly creation: SpanContext | undefined
  /** Runs a part of the handling. */
  run<R>(part: () => R): R
  /** Runs the handler, whose return, or the promise it returns, is the end of the handling. */
  handle<R>(handler: () => R): R
  /** Notes how the delivery was settled while it is handled. The span goes on: its end is the end of the handler's work. */
  settled(how: string): void
  succeed(): void
  fail(error: unknown): void
}

/** Handles one message, in a span that ends with the handler's work: its return, or the promise it returns. */
export function process<M, R>(kernel: Kernel<never, M>, operation: ProcessOperation<M>, handler: () => R): R {
  return startProcess(kernel, operation).handle(handler)
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
  run: (part) => part(),
  handle: (handler) => handler(),
  settled: () => {},
  succeed: () => {},
  fail: () => {},
}

function start<M>(kernel: Kernel<never, M>, operation: ProcessOperation<M>): Processing {
  const { batch, invocation, message, destination, startTime } = operation
  const startMs = startTime ?? Date.now()
  const shape = kernel.shape(operation, 'process')
  const facts = factsOf(operation, message)
  const outside = operation.pulled ? activeContext(batch) : ROOT_CONTEXT
  const { creation, base } = extract(operation.carrier, message, outside)
  const flow = flowOfSpanContext(creation)
  const delays = delaysOf(facts, flow, startMs)
  const decision = batch
    ? IN_BATCH
    : creation
      ? decideRelation(kernel.relation(destination), facts, delays.dwellMs, kernel.longDelayMs)
      : NO_CONTEXT
  const continued = decision.relation === 'parent' && creation ? trace.wrapSpanContext(creation) : undefined
  const around = batch ?? invocation
  const above = continued ?? (around && trace.getSpan(around))
  const ambient = around ? undefined : trace.getSpanContext(outside)
  const links: Link[] = []
  if (creation) links.push({ context: creation })
  if (ambient) links.push({ context: ambient })
  const attributes = withPlace(shape.attributes, facts)
  const options = { kind: SpanKind.CONSUMER, attributes, links, startTime }
  const span = kernel.startSpan(shape, options, new TracedContext(base, above ?? null, flow ?? null))
  if (span?.isRecording()) kernel.describe(span, shape, describe(facts, delays, flow, decision))
  if (span && continued && invocation) trace.getSpan(invocation)?.addLink({ context: span.spanContext() })
  if (span) kernel.onProcess(span, message)
  if (operation.delivers) {
    kernel.metrics.consumed(shape, 1)
    kernel.metrics.delivery(shape, delays, facts.attempt, flow)
  }
  const below = span ? base : new TracedContext(base, continued ?? null, undefined)
  return new TracedProcessing({ kernel, shape, startMs, span, flow }, below, creation)
}

/** The key by which a context that stands for a turn of a loop over a batch tells what is around the loop. */
export const AROUND_LOOP: symbol = createContextKey('flowstitch.around-loop')

function activeContext(batch: Context | undefined): Context {
  const active = context.active()
  // The handling that a turn would start is the one that is about to start.
  return (batch && (active.getValue(AROUND_LOOP) as Context | undefined)) ?? active
}

const IN_BATCH: RelationDecision = { relation: 'child', reason: 'in-batch' }
const NO_CONTEXT: RelationDecision = { relation: 'link', reason: 'no-context' }

function describe(
  facts: MessageFacts,
  delays: Delays,
  flow: FlowContext | undefined,
  { relation, reason }: RelationDecision,
): Attributes {
  const attributes = messageAttributes(facts)
  addDelays(attributes, delays)
  if (flow) addFlow(attributes, flow)
  attributes[names.FLOWSTITCH_RELATION] = relation
  attributes[names.FLOWSTITCH_RELATION_REASON] = reason
  return attributes
}

/** What a handling needs until its end. */
interface Work {
  readonly kernel: Pick<Kernel, 'failed' | 'metrics'>
  readonly shape: Shape
  readonly startMs: number
  readonly span: Span | undefined
  readonly flow: FlowContext | undefined
}

/** Who keeps it until its settlement keeps neither the message, nor, once its work has ended, the span. */
class TracedProcessing implements Processing {
  readonly creation: SpanContext | undefined
  readonly #base: Context
  #work: Work | undefined
  /** The span's, once it has ended. */
  #spanContext: SpanContext | undefined

  constructor(work: Work, base: Context, creation: SpanContext | undefined) {
    this.#work = work
    this.#base = base
    this.creation = creation
  }

  get context(): Context {
    if (this.#work) return new TracedContext(this.#base, this.#work.span, this.#work.flow ?? null)
    const span = this.#spanContext && trace.wrapSpanContext(this.#spanContext)
    return new TracedContext(this.#base, span, null)
  }

  run<R>(part: () => R): R {
    return context.with(this.context, part)
  }

  handle<R>(handler: () => R): R {
    return observe(
      () => this.run(handler),
      () => this.succeed(),
      (error) => this.fail(error),
    )
  }

  settled(how: string): void {
    this.#work?.span?.setAttribute(names.FLOWSTITCH_SETTLEMENT, how)
  }

  succeed(): void {
    this.#end(undefined)
  }

  fail(error: unknown): void {
    this.#end({ error })
  }

  #end(failure: { error: unknown } | undefined): void {
    if (!this.#work) return
    const { kernel, shape, startMs, span } = this.#work
    this.#spanContext = span?.spanContext()
    this.#work = undefined
    try {
      const errorType = failure && kernel.failed(span, 'process', failure.error)
      span?.end()
      kernel.metrics.process(shape, startMs, errorType)
    } catch (error) {
      report('ending a process span', error)
    }
  }
}
