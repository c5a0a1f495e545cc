import { isSpanContextValid, SpanKind, type Context, type Span, type SpanContext } from '@opentelemetry/api'
import { messageAttributes, withPlace } from '../conventions/attributes.ts'
import { factsOf } from '../model/facts.ts'
import { nextHop } from '../propagation/flow-context.ts'
import { report } from '../runtime/guard.ts'
import type { Kernel } from './kernel.ts'
import type { MessageFacts } from '../model/message.ts'
import { addsFields, besideOwn, creationContext, headersFor } from '../propagation/propagation.ts'
import type { SendOperation } from './send.ts'

/** A message on its way out. */
export interface Outgoing {
  readonly facts: MessageFacts
  /** The context that the user has put on it. */
  readonly own: SpanContext | undefined
  /** Its create span, where it has one. */
  readonly create: Span | undefined
}

/** What a sending knows of its messages, each with a create span where there shall be some. */
export function prepare<M>(
  kernel: Kernel<M, never>,
  operation: SendOperation<M>,
  ambient: Context,
  startMs: number,
): Outgoing[] {
  const creates = wantsCreateSpans(kernel, operation)
  return operation.messages.map((message, index) => {
    const facts = factsOf(operation, message, index)
    const own = creationContext(operation.carrier, message)
    const create = creates && !own ? startCreate(kernel, operation, facts, ambient, startMs) : undefined
    return { facts, own, create }
  })
}

const MAX_CREATE_SPANS = 100

function wantsCreateSpans<M>(kernel: Kernel<M, never>, { batch, messages }: SendOperation<M>): boolean {
  const { createSpans = 'auto' } = kernel.options
  if (!batch || createSpans === 'never') return false
  if (createSpans === 'always') return true
  return messages.length > 1 && messages.length <= MAX_CREATE_SPANS
}

/** A create span is a moment: it ends when it starts, but learns from the broker's answer before it is exported. */
function startCreate<M>(
  kernel: Kernel<M, never>,
  { destination, endpoint }: SendOperation<M>,
  facts: MessageFacts,
  ambient: Context,
  startTime: number,
): Span | undefined {
  const created = { name: 'create', destination: facts.destination ?? destination, endpoint }
  const shape = kernel.shape(created, 'create')
  const attributes = withPlace(shape.attributes, { partition: facts.partition })
  const span = kernel.startSpan(shape, { kind: SpanKind.PRODUCER, attributes, startTime }, ambient)
  if (span?.isRecording()) kernel.describe(span, shape, messageAttributes(facts))
  return span
}

/** The messages as the client shall get them: with the context of the span that stands for their making. */
export function withContexts<M>(
  kernel: Kernel<M, never>,
  { messages, carrier }: SendOperation<M>,
  outgoing: readonly Outgoing[],
  sender: Span | undefined,
  ambient: Context,
  startMs: number,
): readonly M[] {
  /** What travels in every message that has no create span. */
  let common: Record<string, string> | undefined
  const adds = addsFields(ambient)
  return messages.map((message, index) => {
    const { own, create } = outgoing[index] as Outgoing
    const creator = create ?? sender
    if (!creator) return message
    kernel.onSend(creator, message)
    const creation = creator.spanContext()
    if (own || !isSpanContextValid(creation)) return message
    try {
      const fields = create
        ? headersFor(ambient, create, nextHop(ambient, create, startMs))
        : (common ??= headersFor(ambient, creator, nextHop(ambient, creator, startMs)))
      return carrier.with(message, adds ? besideOwn(fields, carrier, message) : fields, creation)
    } catch (error) {
      report('writing headers', error)
      return message
    }
  })
}
