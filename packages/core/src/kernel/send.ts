import { context, SpanKind, type Context, type Link, type Span } from '@opentelemetry/api'
import { messageAttributes, withPlace, type Operation } from '../conventions/attributes.ts'
import type { Carrier } from '../model/carrier.ts'
import { addCoordinates, type CoordinateRange } from '../conventions/coordinates.ts'
import { recordFailure } from '../conventions/errors.ts'
import { guard, report } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import { endLinked, startLinked } from './links.ts'
import type { MessageFacts } from '../model/message.ts'
import { observe } from '../runtime/observe.ts'
import { prepare, withContexts, type Outgoing } from './outgoing.ts'
import { MESSAGING_BATCH_MESSAGE_COUNT } from '../semconv.ts'
import type { Shape } from '../conventions/shape.ts'
import { TracedContext } from '../propagation/traced-context.ts'

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
  try {
    return new TracedSending(kernel, operation)
  } catch (error) {
    report('starting to send', error)
    return { messages: operation.messages, run: (call) => call(), succeed: () => {}, fail: () => {} }
  }
}

class TracedSending<M> implements Sending<M> {
  readonly messages: readonly M[]
  readonly #kernel: Kernel<M, never>
  readonly #shape: Shape
  readonly #outgoing: readonly Outgoing[]
  /** One, and as many more as its links need. */
  readonly #spans: readonly Span[]
  /** The context that the client's call runs in, where it is not the one that it is made in. */
  readonly #context: Context | undefined
  readonly #startMs: number
  #ended = false

  constructor(kernel: Kernel<M, never>, operation: SendOperation<M>) {
    const ambient = context.active()
    this.#kernel = kernel
    this.#startMs = Date.now()
    this.#shape = kernel.shape(operation, 'send')
    this.#outgoing = prepare(kernel, operation, ambient, this.#startMs)
    this.#spans = startSpans(kernel, this.#shape, operation.batch, this.#outgoing, ambient)
    const [span] = this.#spans
    if (operation.nests && span) this.#context = new TracedContext(ambient, span, undefined)
    this.messages = withContexts(kernel, operation, this.#outgoing, span, ambient, this.#startMs)
  }

  run<R>(call: () => R): R {
    return this.#context ? context.with(this.#context, call) : call()
  }

  succeed(outcome?: SendOutcome, answer?: unknown): void {
    this.#end(outcome, answer, undefined)
  }

  fail(error: unknown): void {
    this.#end(undefined, error, { error })
  }

  #end(
    outcome: SendOutcome | undefined,
    answerOrError: unknown,
    failure: { error: unknown } | undefined,
  ): void {
    if (this.#ended) return
    this.#ended = true
    const kernel = this.#kernel
    const [span] = this.#spans
    try {
      const errorType = failure && kernel.failed(span, 'send', failure.error)
      const refused = this.#endCreates(outcome)
      if (outcome?.coordinates) this.#noteCoordinates(outcome.coordinates)
      if (span) kernel.answered(span, answerOrError)
      endLinked(this.#spans)
      kernel.metrics.sent(this.#shape, this.#outgoing.length - refused, errorType)
      kernel.metrics.operation(this.#shape, this.#startMs, errorType)
    } catch (error) {
      report('ending a send span', error)
    }
  }

  /** Notes what the broker answered of each message; how many it refused. */
  #endCreates(outcome: SendOutcome | undefined): number {
    let refused = 0
    for (const [index, { create }] of this.#outgoing.entries()) {
      try {
        if (outcome && this.#isRefused(outcome, index, create)) refused++
      } catch (error) {
        report('reading an answer of the broker', error)
      }
      create?.end(this.#startMs)
    }
    return refused
  }

  #isRefused({ facts, refused }: SendOutcome, index: number, create: Span | undefined): boolean {
    const [span] = this.#spans
    const own = create ?? (this.#outgoing.length === 1 ? span : undefined)
    const known = own?.isRecording() ? facts?.(index) : undefined
    if (own && known) own.setAttributes(this.#kernel.messageAttributes(known))
    const code = refused?.(index)
    if (code === undefined) return false
    const travelled = create ?? span
    if (travelled) recordFailure(travelled, code, code)
    this.#kernel.metrics.sent(this.#shape, 1, code)
    return true
  }

  /** Who made the messages tells where they are: a create span, the user's own, or for all of them the send span. */
  #noteCoordinates(coordinates: () => readonly CoordinateRange[]): void {
    const [span] = this.#spans
    if (!span?.isRecording() || this.#outgoing.length < 2) return
    if (this.#outgoing.some(({ own, create }) => own ?? create)) return
    guard('noting coordinates', () => span.setAttributes(addCoordinates({}, coordinates())), undefined)
  }
}

function startSpans<M>(
  kernel: Kernel<M, never>,
  shape: Shape,
  batch: boolean,
  outgoing: readonly Outgoing[],
  ambient: Context,
): Span[] {
  const [first] = outgoing
  const single = outgoing.length === 1 && !first?.create ? first : undefined
  const attributes = single ? withPlace(shape.attributes, single.facts) : { ...shape.attributes }
  if (batch && !single) attributes[MESSAGING_BATCH_MESSAGE_COUNT] = outgoing.length
  const links: Link[] = []
  // Messaging spans, "Span kind": PRODUCER if and only if this span's context is what travels.
  let kind = SpanKind.CLIENT
  for (const { own, create, facts } of outgoing) {
    const created = create?.spanContext() ?? own
    if (created) links.push({ context: created, attributes: kernel.messageAttributes(facts) })
    else kind = SpanKind.PRODUCER
  }
  const spans = startLinked(kernel, {
    shape,
    kind,
    attributes,
    links,
    messages: outgoing.length,
    parent: ambient,
  })
  const [span] = spans
  if (span?.isRecording()) kernel.describe(span, shape, single && messageAttributes(single.facts))
  return spans
}
