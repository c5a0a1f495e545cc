import { context, SpanKind } from '@opentelemetry/api'
import { messageAttributes, withPlace, type Operation } from '../conventions/attributes.ts'
import { endLinked, messageLinks, startLinked } from './links.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import { factsOf } from '../model/facts.ts'
import { guard } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import type { MessageFacts } from '../model/message.ts'
import { observe } from '../runtime/observe.ts'
import { MESSAGING_BATCH_MESSAGE_COUNT } from '../semconv.ts'

/** A call by which the application asks the broker for messages. */
export interface ReceiveOperation<M, R> extends Operation {
  readonly carrier: ReadCarrier<M>
  /** Whether the call brings one message at most: what is known of that one is then the span's own. */
  readonly single?: boolean
  /** The messages in the client's answer. */
  messages(answer: R): readonly M[]
  facts(message: M): MessageFacts
}

/** Receives. A poll that brings nothing makes no span: most polls of most consumers bring nothing. */
export function receive<M, R>(
  kernel: Kernel<never, M>,
  operation: ReceiveOperation<M, Awaited<R>>,
  call: () => R,
): R {
  const startMs = Date.now()
  const ambient = context.active()
  const end = (outcome: Outcome<M>): void => {
    guard(
      'making a receive span',
      () => context.with(ambient, () => finish(kernel, operation, startMs, outcome)),
      undefined,
    )
  }
  return observe(
    call,
    (answer) => {
      const messages = guard('reading received messages', () => operation.messages(answer), [])
      end({ messages, answerOrError: answer, failed: false })
    },
    (error) => end({ messages: [], answerOrError: error, failed: true }),
  )
}

interface Outcome<M> {
  readonly messages: readonly M[]
  readonly answerOrError: unknown
  readonly failed: boolean
}

function finish<M, R>(
  kernel: Kernel<never, M>,
  operation: ReceiveOperation<M, R>,
  startMs: number,
  { messages, answerOrError, failed }: Outcome<M>,
): void {
  const shape = kernel.shape(operation, 'receive')
  if (messages.length === 0 && !failed) return kernel.metrics.operation(shape, startMs)
  const { carrier, single } = operation
  const facts = (message: M): MessageFacts => operation.facts(message)
  const links = messageLinks(kernel, shape, { carrier, messages, facts, delivers: true }, startMs)
  const [only] = single ? messages : []
  const known = only ? factsOf(operation, only) : {}
  const own = known.destination
    ? kernel.shape({ ...operation, destination: known.destination }, 'receive')
    : shape
  const attributes = { ...withPlace(shape.attributes, known) }
  if (!single) attributes[MESSAGING_BATCH_MESSAGE_COUNT] = messages.length
  const spans = startLinked(kernel, {
    shape: own,
    kind: SpanKind.CLIENT,
    attributes,
    links,
    messages: messages.length,
    parent: context.active(),
    startTime: startMs,
  })
  const [span] = spans
  if (span?.isRecording()) kernel.describe(span, shape, messageAttributes(known))
  if (span) kernel.answered(span, answerOrError)
  const errorType = failed ? kernel.failed(span, 'receive', answerOrError) : undefined
  endLinked(spans)
  kernel.metrics.operation(shape, startMs, errorType)
  if (messages.length > 0) kernel.metrics.consumed(shape, messages.length)
}
