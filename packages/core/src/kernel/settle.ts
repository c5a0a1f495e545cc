import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { messageAttributes, withPlace, type Operation } from '../conventions/attributes.ts'
import { endLinked, startLinked } from './links.ts'
import { guard, report } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import type { MessageFacts } from '../model/message.ts'
import { observe } from '../runtime/observe.ts'
import type { Processing } from './process.ts'
import { MESSAGING_BATCH_MESSAGE_COUNT } from '../semconv.ts'
import type { Shape } from '../conventions/shape.ts'

/** A call that tells the broker what became of messages. `name` is its verb: `ack`, `nack`, `delete`, … */
export interface SettleOperation extends Operation {
  /** What becomes of the messages, where the verb does not say: `requeue`, … Default: the verb. */
  readonly outcome?: string
  /** What is known of the message, where there is just one. */
  readonly facts?: MessageFacts
  /** How many messages it settles, where the client's call takes several. */
  readonly count?: number
  /** The handling of the messages, as far as it is still known. */
  readonly processings?: readonly Processing[]
  /** The creation contexts of messages whose handling is not known. */
  readonly creations?: readonly SpanContext[]
  /** Whether the client does it by itself: then it belongs to nothing that is active. */
  readonly unattended?: boolean
  /** When the call began, in milliseconds since the epoch, if that is not now. */
  readonly startTime?: number | undefined
}

/**
 * Settles, in a span below the handling of the message. `refused` reads from an answer to a call for several
 * messages the broker's codes for those that it did not settle.
 */
export function settle<S, R, A>(
  kernel: Kernel<S, R>,
  operation: SettleOperation,
  call: () => A,
  refused?: (answer: Awaited<A>) => readonly string[],
): A {
  const settling = guard('starting to settle', () => new Settling(kernel, operation), undefined)
  if (!settling) return call()
  return observe(
    () => settling.run(call),
    (answer) => {
      const codes = guard('reading an answer of the broker', () => refused?.(answer) ?? [], [])
      const [code] = codes
      const failure = code === undefined ? undefined : { error: `${codes.length} not settled: ${code}`, code }
      settling.end(answer, failure)
    },
    (error) => settling.end(error, { error }),
  )
}

/** A call under way that settles. */
class Settling<S, R> {
  readonly #kernel: Kernel<S, R>
  readonly #operation: SettleOperation
  readonly #shape: Shape
  readonly #spans: readonly Span[]
  readonly #startMs: number

  constructor(kernel: Kernel<S, R>, operation: SettleOperation) {
    this.#kernel = kernel
    this.#operation = operation
    this.#startMs = operation.startTime ?? Date.now()
    this.#shape = kernel.shape(operation, 'settle')
    const shape = this.#shape
    const wanted = kernel.options.settleSpans !== false
    this.#spans = wanted ? guard('starting a settle span', () => start(kernel, shape, operation), []) : []
  }

  run<A>(call: () => A): A {
    const { name, outcome = name, processings = [], nests } = this.#operation
    const [span] = this.#spans
    const answer = span && nests ? context.with(trace.setSpan(context.active(), span), call) : call()
    try {
      for (const processing of processings) processing.settled(outcome)
    } catch (error) {
      report('noting a settlement', error)
    }
    return answer
  }

  end(answerOrError: unknown, failure?: { readonly error: unknown; readonly code?: string }): void {
    try {
      const [span] = this.#spans
      const errorType = failure && this.#kernel.failed(span, 'settle', failure.error, failure.code)
      if (span) this.#kernel.answered(span, answerOrError)
      endLinked(this.#spans)
      this.#kernel.metrics.operation(this.#shape, this.#startMs, errorType)
    } catch (error) {
      report('ending a settle span', error)
    }
  }
}

function start<S, R>(kernel: Kernel<S, R>, shape: Shape, operation: SettleOperation): Span[] {
  const { processings = [], creations = [], facts = {}, count, unattended, startTime } = operation
  const links: Link[] = creations.map((creation) => ({ context: creation }))
  for (const { creation } of processings) if (creation) links.push({ context: creation })
  const [handling] = processings.length === 1 ? processings : []
  const parent = handling?.context ?? (unattended ? ROOT_CONTEXT : context.active())
  const attributes = withPlace(shape.attributes, facts)
  const spans = startLinked(kernel, { shape, kind: SpanKind.CLIENT, attributes, links, parent, startTime })
  const [span] = spans
  if (span?.isRecording()) {
    const described = messageAttributes(withoutSize(facts))
    if (count !== undefined) described[MESSAGING_BATCH_MESSAGE_COUNT] = count
    kernel.describe(span, shape, described)
  }
  return spans
}

/** The conventions have it on no settle span. */
function withoutSize(facts: MessageFacts): MessageFacts {
  return facts.bodySize === undefined ? facts : { ...facts, bodySize: undefined }
}
