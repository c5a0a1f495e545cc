import { context, SpanKind, type Link, type Span } from '@opentelemetry/api'
import { addMessage, operationAttributes, spanName, type Operation } from './attributes.ts'
import { messageLinks, startWithLinks } from './batch.ts'
import type { ReadCarrier } from './carrier.ts'
import { guard } from './guard.ts'
import { withTemplate, type Kernel } from './kernel.ts'
import type { MessageFacts } from './message.ts'
import { observe } from './observe.ts'
import { MESSAGING_BATCH_MESSAGE_COUNT } from './semconv.ts'

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
  given: ReceiveOperation<M, Awaited<R>>,
  call: () => R,
): R {
  const startMs = Date.now()
  const ambient = context.active()
  const operation = guard('describing a receive', () => withTemplate(kernel, given), given)
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
  const errorType = failed ? kernel.errorType(answerOrError) : undefined
  kernel.metrics.operation(operation, 'receive', startMs, errorType)
  if (messages.length === 0 && !failed) return
  const links: Link[] = messageLinks(kernel, { ...operation, messages }, startMs)
  const attributes = operationAttributes(kernel.system, operation, 'receive')
  const [only] = operation.single ? messages : []
  const facts = only ? operation.facts(only) : {}
  addMessage(attributes, facts)
  if (!operation.single) attributes[MESSAGING_BATCH_MESSAGE_COUNT] = messages.length
  const name = spanName({ ...operation, destination: facts.destination ?? operation.destination })
  const spans: Span[] = startWithLinks(
    kernel,
    name,
    SpanKind.CLIENT,
    attributes,
    links,
    context.active(),
    startMs,
  )
  if (spans[0]) kernel.answered(spans[0], answerOrError)
  if (spans[0] && errorType) kernel.failed(spans[0], 'receive', answerOrError, errorType)
  for (const span of spans.toReversed()) span.end()
  if (messages.length > 0) kernel.metrics.consumed(operation, messages.length)
}
