import {
  createTraceState,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api'
import type { ReadCarrier } from './carrier.ts'
import { traceStateWith, type FlowContext } from './flow-context.ts'
import { FOREIGN_HEADER, FOREIGN_HEADERS, readForeign } from './foreign.ts'
import { guard } from './guard.ts'

/** Headers whose repetitions make one list; of any other the first value counts. */
const LISTS = new Set(['tracestate', 'baggage'])

interface Source<M> {
  readonly carrier: ReadCarrier<M>
  readonly message: M
}

const getter: TextMapGetter<Source<unknown>> = {
  get: ({ carrier, message }, name) => headerText(carrier, message, name),
  keys: ({ carrier, message }) => carrier.names(message),
}

const setter: TextMapSetter<Record<string, string>> = {
  set(fields, name, value) {
    fields[name] = value
  },
}

/**
 * What a message brings along: its creation context and baggage, as the global propagator reads them, else
 * the W3C headers, else those of other systems. Garbage counts as nothing.
 */
export function extract<M>(carrier: ReadCarrier<M>, message: M): Context {
  return guard(
    'reading the context of a message',
    () => {
      const extracted = propagation.extract(ROOT_CONTEXT, { carrier, message }, getter)
      if (isSpanContextValid(trace.getSpanContext(extracted) ?? NONE)) return extracted
      const foreign = readW3c(carrier, message) ?? readForeign((name) => headerText(carrier, message, name))
      return foreign ? trace.setSpanContext(extracted, foreign) : trace.deleteSpan(extracted)
    },
    ROOT_CONTEXT,
  )
}

/** The creation context of a message alone: cheaper than `extract`, for the links of batches. */
export function creationContext<M>(carrier: ReadCarrier<M>, message: M): SpanContext | undefined {
  const w3c = guard('reading the context of a message', () => readW3c(carrier, message), undefined)
  return w3c ?? (mayCarry(carrier, message) ? trace.getSpanContext(extract(carrier, message)) : undefined)
}

/**
 * The headers that carry the creation context which is active in `ctx`: W3C trace context with the flow in it
 * first, then what the global propagator adds, the baggage among it.
 */
export function headersFor(ctx: Context, flow: FlowContext): Record<string, string> {
  const spanContext = trace.getSpanContext(ctx)
  if (!spanContext || !isSpanContextValid(spanContext)) return {}
  const { traceId, spanId, traceFlags } = spanContext
  const fields: Record<string, string> = {
    traceparent: `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`,
    tracestate: '',
  }
  guard('injecting a context', () => propagation.inject(ctx, fields, setter), undefined)
  fields['tracestate'] = traceStateWith(flow, spanContext)
  return fields
}

/** The headers that a consumer should ask for, where the broker gives only those asked for. */
export function contextHeaders(): string[] {
  const fields = guard('asking the propagator for its fields', () => propagation.fields(), [])
  return [...new Set(['traceparent', 'tracestate', ...fields, ...FOREIGN_HEADERS])]
}

const NONE: SpanContext = { traceId: '', spanId: '', traceFlags: TraceFlags.NONE }

/** W3C Trace Context, section 3.2: fixed places, so that no pattern need be matched for each message of a batch. */
function readW3c<M>(carrier: ReadCarrier<M>, message: M): SpanContext | undefined {
  const header = headerText(carrier, message, 'traceparent')
  if (header === undefined || header.length < 55 || !isWellFormed(header)) return undefined
  const flags = HEX_PAIR.exec(header.slice(53, 55))
  if (!flags) return undefined
  const tracestate = headerText(carrier, message, 'tracestate')
  const spanContext: SpanContext = {
    traceId: header.slice(3, 35),
    spanId: header.slice(36, 52),
    traceFlags: parseInt(flags[0], 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(tracestate ? { traceState: createTraceState(tracestate) } : {}),
  }
  return isSpanContextValid(spanContext) ? spanContext : undefined
}

const HEX_PAIR = /^[0-9a-f]{2}$/

/** Section 3.2.2: version ff is forbidden, 00 has no fifth field, and later versions may have one. */
function isWellFormed(header: string): boolean {
  if (header[2] !== '-' || header[35] !== '-' || header[52] !== '-') return false
  if (header !== header.toLowerCase()) return false
  if (header.startsWith('00')) return header.length === 55
  if (!HEX_PAIR.test(header.slice(0, 2)) || header.startsWith('ff')) return false
  return header.length === 55 || header[55] === '-'
}

/** Whether any header looks like one that a context travels in: most messages have none before they are sent. */
function mayCarry<M>(carrier: ReadCarrier<M>, message: M): boolean {
  return guard(
    'reading the headers of a message',
    () => {
      const present = carrier.names(message)
      if (present.length === 0) return false
      const known = propagation.fields()
      return present.some((name) => FOREIGN_HEADER.test(name) || known.includes(name.toLowerCase()))
    },
    false,
  )
}

function headerText<M>(carrier: ReadCarrier<M>, message: M, name: string): string | undefined {
  const value = carrier.get(message, name)
  if (value === undefined || typeof value === 'string') return value
  return LISTS.has(name) ? value.join(',') : value[0]
}
