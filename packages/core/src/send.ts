import {
  context,
  isSpanContextValid,
  SpanKind,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api'
import { addMessage, operationAttributes, spanName, type Operation } from './attributes.ts'
import type { Carrier } from './carrier.ts'
import { addCoordinates, type CoordinateRange } from './coordinates.ts'
import { recordFailure } from './errors.ts'
import { nextHop } from './flow-context.ts'
import { guard } from './guard.ts'
import { withTemplate, type Kernel } from './kernel.ts'
import type { MessageFacts } from './message.ts'
import { observe } from './observe.ts'
import { creationContext, headersFor } from './propagation.ts'
import { MESSAGING_BATCH_MESSAGE_COUNT, MESSAGING_DESTINATION_PARTITION_ID } from './semconv.ts'

/** One call of the client that hands messages to the broker. */
export interface SendOperation<M> extends Operation {
  readonly messages: readonly M[]
  /** Whether the client's call takes several messages; then `messages` may have any length. */
  readonly batch: boolean
  readonly carrier: Carrier<M>
  facts(message: M, index: number): MessageFacts
}

/** What the broker answered: what it now knows of each message, in the order of `messages`. */
export interface SendOutcome {
  readonly facts?: (index: number) => MessageFacts | undefined
  /** The same for all of them together, for a span that several share. */
  readonly coordinates?: () => readonly CoordinateRange[]
  /** Messages that it refused, while the call as a whole succeeded: the broker's code for each. */
  readonly refused?: (index: number) => string | undefined
}

/** A sending under way. Exactly one of `succeed` and `fail` ends it. */
export interface Sending<M> {
  /** The messages, as the client shall get them. */
  readonly messages: readonly M[]
  /** Makes the client's call. */
  run<R>(call: () => R): R
  succeed(outcome?: SendOutcome, answer?: unknown): void
  fail(error: unknown): void
}

const MAX_CREATE_SPANS = 100

/** Sends, in a span that ends when the call's answer, or the promise that it answers, has come. */
export function send<M, R>(
  kernel: Kernel<M, never>,
  operation: SendOperation<M>,
  call: (messages: readonly M[]) => R,
  outcome?: (answer: Awaited<R>) => SendOutcome,
): R {
  const sending = startSend(kernel, operation)
  return observe(
    () => sending.run(() => call(sending.messages)),
    (answer) =>
      sending.succeed(
        guard('reading an answer of the broker', () => outcome?.(answer), undefined),
        answer,
      ),
    (error) => sending.fail(error),
  )
}

/** Starts a sending whose end the client tells by other means than a promise. */
export function startSend<M>(kernel: Kernel<M, never>, operation: SendOperation<M>): Sending<M> {
  const untouched: Sending<M> = {
    messages: operation.messages,
    run: (call) => call(),
    succeed: () => {},
    fail: () => {},
  }
  return guard('starting to send', () => start(kernel, withTemplate(kernel, operation)), untouched)
}

interface Prepared<M> {
  readonly message: M
  /** The context that the user has put on the message. */
  readonly own: SpanContext | undefined
  readonly facts: MessageFacts
  /** The message's create span, where it has one. */
  create: Span | undefined
}

function start<M>(kernel: Kernel<M, never>, operation: SendOperation<M>): Sending<M> {
  const startMs = Date.now()
  const ambient = context.active()
  const tracer = kernel.tracer()
  const prepared = operation.messages.map((message, index): Prepared<M> => ({
    message,
    own: creationContext(operation.carrier, message),
    facts: guard('describing a message', () => operation.facts(message, index), {}),
    create: undefined,
  }))
  if (tracer && wantsCreateSpans(kernel, operation)) {
    for (const item of prepared) {
      if (item.own) continue
      item.create = guard(
        'starting a create span',
        () => startCreate(kernel, tracer, operation, item, ambient, startMs),
        undefined,
      )
    }
  }
  const span =
    tracer &&
    guard(
      'starting a send span',
      () => startSendSpan(kernel, tracer, operation, prepared, ambient),
      undefined,
    )
  const sending = span ? trace.setSpan(ambient, span) : ambient
  /** What travels in every message that has no create span. */
  const common = span && fieldsOf(span, sending, startMs)
  const messages = prepared.map((item) => {
    const { message, own, create } = item
    const creator = create ?? span
    if (!creator) return message
    kernel.onSend(creator, message)
    if (own) return message
    const fields = create ? fieldsOf(create, trace.setSpan(ambient, create), startMs) : common
    return outgoing(operation, message, fields ?? {}, creator.spanContext())
  })
  return new TracedSending(kernel, operation, prepared, span, sending, startMs, messages)
}

function wantsCreateSpans<M>(kernel: Kernel<M, never>, { batch, messages }: SendOperation<M>): boolean {
  const { createSpans = 'auto' } = kernel.options
  if (!batch || createSpans === 'never') return false
  if (createSpans === 'always') return true
  return messages.length > 1 && messages.length <= MAX_CREATE_SPANS
}

/** A create span is a moment: it ends when it starts, but learns from the broker's answer before it is exported. */
function startCreate<M>(
  kernel: Kernel<M, never>,
  tracer: Tracer,
  operation: SendOperation<M>,
  { facts }: Prepared<M>,
  ambient: Context,
  startTime: number,
): Span {
  const created: Operation = {
    ...operation,
    name: 'create',
    destination: facts.destination ?? operation.destination,
  }
  const attributes = addMessage(operationAttributes(kernel.system, created, 'create'), facts)
  return tracer.startSpan(
    spanName(created),
    { kind: SpanKind.PRODUCER, attributes: kernel.named(attributes), startTime },
    ambient,
  )
}

function startSendSpan<M>(
  kernel: Kernel<M, never>,
  tracer: Tracer,
  operation: SendOperation<M>,
  prepared: readonly Prepared<M>[],
  ambient: Context,
): Span {
  const attributes = operationAttributes(kernel.system, operation, 'send')
  const single = operation.messages.length === 1 && !prepared[0]?.create ? prepared[0] : undefined
  if (single?.facts.partition !== undefined) {
    attributes[MESSAGING_DESTINATION_PARTITION_ID] = single.facts.partition
  }
  if (operation.batch && !single) attributes[MESSAGING_BATCH_MESSAGE_COUNT] = operation.messages.length
  const links: Link[] = []
  for (const { own, create, facts } of prepared) {
    const created = create?.spanContext() ?? own
    if (created) links.push({ context: created, attributes: kernel.named(addMessage({}, facts)) })
  }
  // Messaging spans, "Span kind": PRODUCER if and only if this span's context is what travels.
  const travels = prepared.some((item) => !item.own && !item.create)
  const kind = travels ? SpanKind.PRODUCER : SpanKind.CLIENT
  const options = { kind, attributes: kernel.named(attributes), links }
  const span = tracer.startSpan(spanName(operation), options, ambient)
  // Only what samplers ask for goes in at the start: SDKs check those attributes twice.
  if (single && span.isRecording()) span.setAttributes(kernel.named(addMessage({}, single.facts)))
  return span
}

/** The headers by which `creator`'s context travels, with the flow one message further. */
function fieldsOf(creator: Span, ctx: Context, nowMs: number): Record<string, string> {
  return guard('making headers', () => headersFor(ctx, nextHop(ctx, creator.spanContext(), nowMs)), {})
}

function outgoing<M>(
  operation: SendOperation<M>,
  message: M,
  fields: Record<string, string>,
  creation: SpanContext,
): M {
  if (!isSpanContextValid(creation)) return message
  return guard('writing headers', () => operation.carrier.with(message, fields, creation), message)
}

class TracedSending<M> implements Sending<M> {
  readonly messages: readonly M[]
  readonly #kernel: Kernel<M, never>
  readonly #operation: SendOperation<M>
  readonly #prepared: readonly Prepared<M>[]
  readonly #span: Span | undefined
  readonly #context: Context
  readonly #startMs: number
  #ended = false

  constructor(
    kernel: Kernel<M, never>,
    operation: SendOperation<M>,
    prepared: readonly Prepared<M>[],
    span: Span | undefined,
    ctx: Context,
    startMs: number,
    messages: readonly M[],
  ) {
    this.#kernel = kernel
    this.#operation = operation
    this.#prepared = prepared
    this.#span = span
    this.#startMs = startMs
    this.#context = ctx
    this.messages = messages
  }

  run<R>(call: () => R): R {
    return this.#operation.nests ? context.with(this.#context, call) : call()
  }

  succeed(outcome?: SendOutcome, answer?: unknown): void {
    guard('ending a send span', () => this.#end(outcome, answer, undefined), undefined)
  }

  fail(error: unknown): void {
    guard('ending a send span', () => this.#end(undefined, error, { error }), undefined)
  }

  #end(
    outcome: SendOutcome | undefined,
    answerOrError: unknown,
    failure: { error: unknown } | undefined,
  ): void {
    if (this.#ended) return
    this.#ended = true
    const errorType = failure && this.#kernel.errorType(failure.error)
    let refused = 0
    this.#prepared.forEach(({ create }, index) => {
      const code = outcome?.refused?.(index)
      if (code !== undefined) refused++
      const own = create ?? (this.#prepared.length === 1 ? this.#span : undefined)
      const facts = own && outcome?.facts?.(index)
      if (facts) own.setAttributes(this.#kernel.named(addMessage({}, facts)))
      const travelled = create ?? this.#span
      if (travelled && code !== undefined) recordFailure(travelled, code, code)
      create?.end(this.#startMs)
      if (code !== undefined) this.#kernel.metrics.sent(this.#operation, 1, code)
    })
    if (outcome?.coordinates) this.#noteCoordinates(outcome.coordinates)
    if (this.#span && failure) this.#kernel.failed(this.#span, 'send', failure.error, errorType ?? '_OTHER')
    if (this.#span) this.#kernel.answered(this.#span, answerOrError)
    this.#span?.end()
    this.#kernel.metrics.sent(this.#operation, this.#prepared.length - refused, errorType)
    this.#kernel.metrics.operation(this.#operation, 'send', this.#startMs, errorType)
  }

  /** Who made the messages tells where they are: a create span, the user's own, or for all of them the send span. */
  #noteCoordinates(coordinates: () => readonly CoordinateRange[]): void {
    const span = this.#span
    if (!span?.isRecording() || this.#prepared.length < 2) return
    if (this.#prepared.some(({ own, create }) => own ?? create)) return
    guard('noting coordinates', () => span.setAttributes(addCoordinates({}, coordinates())), undefined)
  }
}
