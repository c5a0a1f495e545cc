import { context, isSpanContextValid, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { tracerProvider } from './runtime/active.ts'
import { flowFrom, flowOfSpanContext } from './propagation/flow-context.ts'
import { observe } from './runtime/observe.ts'
import { recordThrown } from './conventions/errors.ts'
import { guard } from './runtime/guard.ts'
import { extract, headersFor } from './propagation/propagation.ts'
import { SCHEMA_URL } from './semconv.ts'
import { TracedContext } from './propagation/traced-context.ts'
import { VERSION } from './version.ts'

/** Trace context as text, to be kept beside work that is done later: an outbox row, a job, a schedule. */
export type CapturedContext = Readonly<Record<string, string>>

/** How the work stands to what captured the context: see `Relation`; here it is `link` by default. */
export interface RunOptions {
  /** The span's name. */
  name: string
  relation?: 'parent' | 'link'
}

const carrier = {
  get: (captured: CapturedContext, name: string) => captured[name],
  names: (captured: CapturedContext) => Object.keys(captured),
}

/**
 * The active trace and flow as text, in the global propagator's format, without baggage: it would be stored
 * with your data. Empty where no trace is active.
 */
export function captureContext(): CapturedContext {
  const active = context.active()
  const span = trace.getSpan(active)
  if (!span || !isSpanContextValid(span.spanContext())) return {}
  return headersFor(ROOT_CONTEXT, span, flowFrom(active, span, Date.now()))
}

/**
 * Runs `work` in a span of its own that links to the captured context (or continues it, as `relation` says),
 * in the flow that was captured; of what is active, the rest stays so. The answer is what `work` answers; garbage
 * counts as no context.
 */
export function runWithContext<R>(
  captured: CapturedContext | null | undefined,
  options: RunOptions,
  work: () => R,
): R {
  const provider = tracerProvider()
  if (!provider) return work()
  const { creation, base } = extract(carrier, captured ?? {}, context.active())
  const flow = flowOfSpanContext(creation) ?? null
  const parent = options.relation === 'parent' && creation ? trace.wrapSpanContext(creation) : null
  const inFlow = new TracedContext(base, parent, flow)
  const span = guard(
    'starting a span',
    () =>
      provider
        .getTracer('@flowstitch/core', VERSION, { schemaUrl: SCHEMA_URL })
        .startSpan(
          options.name,
          { kind: SpanKind.INTERNAL, links: creation ? [{ context: creation }] : [] },
          inFlow,
        ),
    undefined,
  )
  if (!span) return context.with(inFlow, work)
  return observe(
    () => context.with(new TracedContext(base, span, flow), work),
    () => span.end(),
    (error) => {
      recordThrown(span, error)
      span.end()
    },
  )
}

/** Keeps the active context, for calls that a client queues: the answer runs a function in it, any time later. */
export function keepContext(): <R>(run: () => R) => R {
  const active = context.active()
  return (run) => context.with(active, run)
}

/** Remembers what is active: the answer tells, any time later, whether that is active again, and nothing in it. */
export function rememberContext(): () => boolean {
  const remembered = context.active()
  return () => context.active() === remembered
}

/** Runs what belongs to nothing that is active: the loops of a client, and what they do by themselves. */
export function detached<R>(run: () => R): R {
  return context.with(ROOT_CONTEXT, run)
}
