import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
} from '@opentelemetry/api'
import { put } from './conventions/attributes.ts'
import { recordThrown } from './conventions/errors.ts'
import type { BatchOperation } from './kernel/batch.ts'
import type { Kernel } from './kernel/kernel.ts'
import { endLinked, messageLinks, startLinked } from './kernel/links.ts'
import type { ReadCarrier } from './model/carrier.ts'
import type { InvocationFacts } from './model/invocation.ts'
import { flowOfLinks } from './propagation/flow-context.ts'
import { extract } from './propagation/propagation.ts'
import { TracedContext } from './propagation/traced-context.ts'
import { XRAY_HEADER } from './propagation/xray.ts'
import { guard } from './runtime/guard.ts'
import { observe } from './runtime/observe.ts'
import * as names from './semconv.ts'

/** An invocation of a function, with the messages that no span but its own tells of: it links to them. */
export interface InvocationOperation<M> extends Omit<BatchOperation<M>, 'each' | 'delivers'> {
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
  if (!kernel.traces()) return run(runningIn(ROOT_CONTEXT))
  const active = trace.getActiveSpan()
  if (active && isSpanContextValid(active.spanContext())) {
    guard('joining an invocation span', () => join(kernel, operation, active), undefined)
    return run(runningIn(context.active()))
  }
  const started = guard('starting an invocation span', () => start(kernel, operation), undefined)
  if (!started) return run(runningIn(ROOT_CONTEXT))
  const end = (): void => guard('ending an invocation span', () => endLinked(started.spans), undefined)
  return observe(
    () => context.with(started.context, () => run(runningIn(started.context))),
    end,
    (error) => {
      guard('failing an invocation span', () => recordThrown(started.spans[0], error), undefined)
      end()
    },
  )
}

function runningIn(ctx: Context): Invocation {
  return {
    context: ctx,
    counted(messages, failed) {
      const counts = {
        [names.MESSAGING_BATCH_MESSAGE_COUNT]: messages,
        [names.FLOWSTITCH_BATCH_FAILED_COUNT]: failed || undefined,
      }
      guard('counting messages', () => trace.getSpan(ctx)?.setAttributes(counts), undefined)
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

/** The other instrumentation knows less of what has caused it. */
function join<M>(kernel: Kernel<never, M>, operation: InvocationOperation<M>, span: Span): void {
  span.setAttribute(names.FAAS_TRIGGER, operation.invocation().trigger)
  span.addLinks(deliveredLinks(kernel, operation))
}

function start<M>(kernel: Kernel<never, M>, operation: InvocationOperation<M>): Started | undefined {
  const { creation: platform, base } = extract(traceHeaderCarrier, operation.traceHeader)
  const parent = new TracedContext(base, platform && trace.wrapSpanContext(platform), undefined)
  const links = deliveredLinks(kernel, operation)
  const invocation = operation.invocation()
  const shape = { type: 'process', spanName: invocation.name, details: undefined } as const
  const attributes = kernel.named(invocationAttributes(invocation))
  const messages = operation.messages.length
  const linked = { shape, kind: SpanKind.SERVER, attributes, links, messages, parent }
  const [span, ...parts] = startLinked(kernel, linked)
  if (!span) return undefined
  const flow = links.length === messages ? flowOfLinks(links) : undefined
  return { spans: [span, ...parts], context: new TracedContext(base, span, flow) }
}

/** Links to the messages, which count as delivered. */
function deliveredLinks<M>(kernel: Kernel<never, M>, operation: InvocationOperation<M>): Link[] {
  const { messages } = operation
  if (messages.length === 0) return []
  const shape = kernel.shape(operation, 'process')
  kernel.metrics.consumed(shape, messages.length)
  return messageLinks(kernel, shape, { ...operation, delivers: true }, Date.now())
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
