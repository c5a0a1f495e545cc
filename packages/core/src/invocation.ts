import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { put } from './conventions/attributes.ts'
import { recordThrown } from './conventions/errors.ts'
import type { BatchOperation } from './kernel/batch.ts'
import type { Kernel } from './kernel/kernel.ts'
import { endLinked, messageLinks, startLinked } from './kernel/links.ts'
import type { ReadCarrier } from './model/carrier.ts'
import type { InvocationFacts } from './model/invocation.ts'
import { flowOfSpanContext } from './propagation/flow-context.ts'
import { extract } from './propagation/propagation.ts'
import { TracedContext } from './propagation/traced-context.ts'
import { XRAY_HEADER } from './propagation/xray.ts'
import { guard } from './runtime/guard.ts'
import { observe } from './runtime/observe.ts'
import * as names from './semconv.ts'

/** An invocation of a function, and the messages that its span is to link to: those that no other span handles. */
export interface InvocationOperation<M> extends Omit<BatchOperation<M>, 'each'> {
  invocation(): InvocationFacts
  /** X-Ray's tracing header, where the invocation is to continue the platform's trace. */
  readonly traceHeader: string | undefined
}

/** An invocation that runs. */
export interface Invocation {
  /** The context that the function runs in. */
  readonly context: Context
  /** Notes how many messages the event has brought, and how many of them were not handled in the end. */
  counted(messages: number, failed: number): void
}

/**
 * Runs a function in the span of its invocation (FaaS spans, "Incoming FaaS span attributes"). Where a span is
 * active already, another instrumentation has made one for it, and the function runs in that.
 */
export function invoke<M, R>(
  kernel: Kernel<never, M>,
  operation: InvocationOperation<M>,
  run: (invocation: Invocation) => R,
): R {
  const active = trace.getSpanContext(context.active())
  if (!kernel.traces() || (active && isSpanContextValid(active))) return run(runningIn(context.active()))
  const started = guard('starting an invocation span', () => start(kernel, operation), undefined)
  if (!started) return run(runningIn(ROOT_CONTEXT))
  const [span] = started.spans
  return observe(
    () => context.with(started.context, () => run(runningIn(started.context))),
    () => endLinked(started.spans),
    (error) => {
      recordThrown(span, error)
      endLinked(started.spans)
    },
  )
}

function runningIn(ctx: Context): Invocation {
  return {
    context: ctx,
    counted(messages, failed) {
      const span = trace.getSpan(ctx)
      span?.setAttribute(names.MESSAGING_BATCH_MESSAGE_COUNT, messages)
      if (failed > 0) span?.setAttribute(names.FLOWSTITCH_BATCH_FAILED_COUNT, failed)
    },
  }
}

const traceHeaderCarrier: ReadCarrier<string | undefined> = {
  get: (header, name) => (name.toLowerCase() === XRAY_HEADER ? header : undefined),
  names: (header) => (header === undefined ? [] : [XRAY_HEADER]),
}

interface Started {
  readonly spans: readonly [Span, ...Span[]]
  readonly context: Context
}

function start<M>(kernel: Kernel<never, M>, operation: InvocationOperation<M>): Started | undefined {
  const { traceHeader, messages, delivers } = operation
  const invocation = operation.invocation()
  const { creation: platform, base } = extract(traceHeaderCarrier, traceHeader)
  const parent = new TracedContext(base, platform && trace.wrapSpanContext(platform), undefined)
  const handled = kernel.shape(operation, 'process')
  const links = messageLinks(kernel, handled, operation, Date.now())
  if (delivers && messages.length > 0) kernel.metrics.consumed(handled, messages.length)
  const shape = { type: 'process', spanName: invocation.name, details: undefined } as const
  const attributes = kernel.named(invocationAttributes(invocation))
  const [span, ...parts] = startLinked(kernel, { shape, kind: SpanKind.SERVER, attributes, links, parent })
  if (!span) return undefined
  const flow = messages.length === 1 ? flowOfSpanContext(links[0]?.context) : undefined
  return { spans: [span, ...parts], context: new TracedContext(base, span, flow) }
}

function invocationAttributes(facts: InvocationFacts): Attributes {
  const attributes: Attributes = { [names.FAAS_TRIGGER]: facts.trigger }
  if (facts.coldStart !== undefined) attributes[names.FAAS_COLDSTART] = facts.coldStart
  put(attributes, names.FAAS_INVOCATION_ID, facts.id)
  put(attributes, names.CLOUD_RESOURCE_ID, facts.resourceId)
  put(attributes, names.CLOUD_ACCOUNT_ID, facts.accountId)
  put(attributes, names.AWS_LAMBDA_INVOKED_ARN, facts.invokedArn)
  return attributes
}
