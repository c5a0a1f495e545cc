import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api'
import { withPlace, type Operation } from '../conventions/attributes.ts'
import { startWithLinks } from './batch.ts'
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
  const startMs = Date.now()
  let shape: Shape | undefined
  let spans: Span[] = []
  try {
    shape = kernel.shape(operation, 'settle')
    if (kernel.options.settleSpans !== false) spans = start(kernel, shape, operation)
  } catch (error) {
    report('starting a settle span', error)
  }
  const [span] = spans
  const end = (answerOrError: unknown, failure?: { error: unknown; type: string }): void => {
    if (span && failure) kernel.failed(span, 'settle', failure.error, failure.type)
    if (span) kernel.answered(span, answerOrError)
    for (const part of spans.toReversed()) part.end()
    if (shape) kernel.metrics.operation(shape, startMs, failure?.type)
  }
  return observe(
    () => {
      const answer =
        span && operation.nests ? context.with(trace.setSpan(context.active(), span), call) : call()
      noteOutcome(operation)
      return answer
    },
    (answer) => {
      const codes = guard('reading an answer of the broker', () => refused?.(answer) ?? [], [])
      const [type] = codes
      const failure = type === undefined ? undefined : { error: `${codes.length} not settled: ${type}`, type }
      guard('ending a settle span', () => end(answer, failure), undefined)
    },
    (error) => {
      guard('ending a settle span', () => end(error, { error, type: kernel.errorType(error) }), undefined)
    },
  )
}

function start<S, R>(kernel: Kernel<S, R>, shape: Shape, operation: SettleOperation): Span[] {
  const { processings = [], creations = [], facts, count } = operation
  const links: Link[] = creations.map((creation) => ({ context: creation }))
  for (const { creation } of processings) if (creation) links.push({ context: creation })
  const parent =
    processings.length === 1 && processings[0]
      ? processings[0].context
      : operation.unattended
        ? ROOT_CONTEXT
        : context.active()
  const attributes = facts ? withPlace(shape.attributes, facts) : shape.attributes
  const spans = startWithLinks(kernel, shape, SpanKind.CLIENT, attributes, links, parent)
  const [span] = spans
  if (span?.isRecording()) {
    const sink = kernel.describe(span, shape, facts && withoutSize(facts))
    if (count !== undefined) sink.setAttribute(MESSAGING_BATCH_MESSAGE_COUNT, count)
  }
  return spans
}

/** The conventions have it on no settle span. */
function withoutSize(facts: MessageFacts): MessageFacts {
  return facts.bodySize === undefined ? facts : { ...facts, bodySize: undefined }
}

function noteOutcome({ name, outcome = name, processings = [] }: SettleOperation): void {
  try {
    for (const processing of processings) processing.settled(outcome)
  } catch (error) {
    report('noting a settlement', error)
  }
}
