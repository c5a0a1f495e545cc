import {
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type TextMapGetter,
  type TextMapSetter,
} from '@opentelemetry/api'
import { registered } from '../runtime/active.ts'
import type { ReadCarrier } from '../model/carrier.ts'
import { traceStateWith, type FlowContext } from './flow-context.ts'
import { CONTEXT_HEADER, FOREIGN_HEADERS, readForeign } from './foreign.ts'
import { readTraceState } from './trace-state.ts'
import { TracedContext } from './traced-context.ts'
import { guard, report } from '../runtime/guard.ts'

/** Headers whose repetitions make one list; of any other the first value counts. */
const LISTS = new Set(['tracestate', 'baggage'])

interface Source<M> {
  readonly carrier: ReadCarrier<M>
  readonly message: M
}

const getter: TextMapGetter<Source<unknown>> = {
  get({ carrier, message }, name) {
    const text = headerText(carrier, message, name)
    return text === undefined ? undefined : portable(name, text)
  },
  keys: ({ carrier, message }) => carrier.names(message),
}

const setter: TextMapSetter<Record<string, string>> = {
  set(fields, name, value) {
    const text = portable(name, value)
    if (text !== undefined) fields[name] = text
  },
}

/**
 * What of a header's text every protocol can carry. What comes in with one message goes out with the next, or
 * with a request of another instrumentation, and clients refuse a whole message, and Node a whole request, for
 * a control character in somebody's baggage.
 */
function portable(name: string, text: string): string | undefined {
  if (isPortable(text)) return text
  return LISTS.has(name) ? text.split(',').filter(isPortable).join(',') || undefined : undefined
}

function isPortable(text: string): boolean {
  return !/[^\t\x20-\x7e]/.test(text)
}

/** What a message brings along. */
export interface Arrival {
  readonly creation: SpanContext | undefined
  /** What it is handled in: the context around it, with whatever else came along, the baggage above all. */
  readonly base: Context
}

/**
 * What a message brings along: its creation context and baggage. Where it has contexts in several formats, the
 * global propagator's count first, as the user has chosen them, then the W3C headers, then those of other systems.
 * Garbage counts as nothing.
 */
export function extract<M>(carrier: ReadCarrier<M>, message: M, around: Context = ROOT_CONTEXT): Arrival {
  try {
    const w3c = isW3cAlone() ? readW3c(carrier, message) : undefined
    if (w3c && headerText(carrier, message, 'baggage') === undefined) {
      return { creation: w3c, base: around }
    }
    const extracted = extractGlobally(carrier, message, around)
    const creation = w3c ?? (mayCarry(carrier, message) ? chosen(extracted, carrier, message) : undefined)
    return { creation, base: trace.deleteSpan(extracted) }
  } catch (error) {
    report('reading the context of a message', error)
    return { creation: undefined, base: around }
  }
}

/** The creation context that `extract` reads, alone: cheaper, for the links of batches and before a message is sent. */
export function creationContext<M>(carrier: ReadCarrier<M>, message: M): SpanContext | undefined {
  try {
    const w3c = isW3cAlone() ? readW3c(carrier, message) : undefined
    if (w3c || !mayCarry(carrier, message)) return w3c
    return chosen(extractGlobally(carrier, message, ROOT_CONTEXT), carrier, message)
  } catch (error) {
    report('reading the context of a message', error)
    return undefined
  }
}

function extractGlobally<M>(carrier: ReadCarrier<M>, message: M, around: Context): Context {
  const source = { carrier, message }
  // The span that is active around it is none that came with it.
  const onto = around === ROOT_CONTEXT ? around : new TracedContext(around, null, undefined)
  return guard('extracting a context', () => propagation.extract(onto, source, getter), onto)
}

/** The creation context of a message of which the global propagator has read `extracted`. */
function chosen<M>(extracted: Context, carrier: ReadCarrier<M>, message: M): SpanContext | undefined {
  const w3c = readW3c(carrier, message)
  const global = trace.getSpanContext(extracted)
  if (!global || !isSpanContextValid(global)) {
    return w3c ?? readForeign((name) => headerText(carrier, message, name))
  }
  // Our own messages say the same in both formats, and in W3C's the flow besides.
  return w3c?.spanId === global.spanId && w3c.traceId === global.traceId ? w3c : global
}

/**
 * The headers that carry the context of `creator`, a span in `ctx`: W3C trace context with the flow in it first,
 * then what the global propagator adds, the baggage among it.
 */
export function headersFor(ctx: Context, creator: Span, flow: FlowContext): Record<string, string> {
  const spanContext = creator.spanContext()
  const fields: Record<string, string> = { traceparent: traceparentOf(spanContext), tracestate: '' }
  if (addsFields(ctx)) {
    const active = new TracedContext(ctx, creator, undefined)
    guard('injecting a context', () => propagation.inject(active, fields, setter), undefined)
  }
  fields['tracestate'] = traceStateWith(flow, spanContext)
  return fields
}

/** Whether `headersFor` writes more than trace context. */
export function addsFields(ctx: Context): boolean {
  return !isW3cAlone() || propagation.getBaggage(ctx) !== undefined
}

/** The fields that a message is to get: of those that the propagator has added none that it has a header of its own for. */
export function besideOwn<M>(
  fields: Record<string, string>,
  carrier: ReadCarrier<M>,
  message: M,
): Record<string, string> {
  const own = carrier.names(message)
  const isFree = (field: string): boolean => !own.some((name) => isSameName(name, field))
  const { traceparent, tracestate, ...added } = fields
  const free = Object.entries(added).filter(([field]) => isFree(field))
  return { traceparent, tracestate, ...Object.fromEntries(free) } as Record<string, string>
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`
}

/** The headers that a consumer should ask for, where the broker gives only those asked for. */
export function contextHeaders(): string[] {
  return [...new Set(['traceparent', 'tracestate', ...globalFields(), ...FOREIGN_HEADERS])]
}

function globalFields(): string[] {
  return guard('asking the propagator for its fields', () => propagation.fields(), [])
}

function readW3c<M>(carrier: ReadCarrier<M>, message: M): SpanContext | undefined {
  const header = headerText(carrier, message, 'traceparent')
  if (header === undefined || !isTraceparent(header)) return undefined
  const tracestate = headerText(carrier, message, 'tracestate')
  return {
    traceId: header.slice(3, 35),
    spanId: header.slice(36, 52),
    traceFlags: isOdd(header.charCodeAt(54)) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    traceState: tracestate ? readTraceState(tracestate) : undefined,
  }
}

/** W3C Trace Context, section 3.2: version ff is forbidden, 00 has no fifth field, and later versions may have one. */
function isTraceparent(header: string): boolean {
  if (header.length !== 55 && (header[55] !== '-' || header.startsWith('00'))) return false
  if (header[2] !== '-' || header[35] !== '-' || header[52] !== '-') return false
  if (!isHex(header, 0, 2) || header.startsWith('ff') || !isHex(header, 53, 55)) return false
  return isId(header, 3, 35) && isId(header, 36, 52)
}

function isId(text: string, from: number, to: number): boolean {
  if (!isHex(text, from, to)) return false
  while (from < to && text[from] === '0') from++
  return from < to
}

/** A pattern takes twice as long, and this is asked for each message of a batch. */
function isHex(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code < ZERO || code > F || (code > NINE && code < A)) return false
  }
  return true
}

/** Of a hexadecimal digit: `a`, which is ten, has an odd code. */
function isOdd(code: number): boolean {
  return code % 2 === (code < A ? 1 : 0)
}

const [ZERO, NINE, A, F] = [0x30, 0x39, 0x61, 0x66]

/**
 * Whether any header looks like one that a context travels in: most messages have none before they are sent. Where
 * none does, a propagator may still answer what it knows from elsewhere, an environment variable say.
 */
function mayCarry<M>(carrier: ReadCarrier<M>, message: M): boolean {
  const names = carrier.names(message)
  if (names.length === 0) return false
  const known = globalFields()
  return names.some((name) => CONTEXT_HEADER.test(name) || known.some((field) => isSameName(field, name)))
}

function isSameName(one: string, other: string): boolean {
  return one.length === other.length && one.toLowerCase() === other.toLowerCase()
}

const W3C_HEADERS = new Set(['traceparent', 'tracestate', 'baggage'])
const SAMPLE: SpanContext = {
  traceId: '1'.repeat(32),
  spanId: '2'.repeat(16),
  traceFlags: TraceFlags.SAMPLED,
}
let asked: { readonly propagator: unknown; readonly w3cAlone: boolean } | undefined

/**
 * Whether the global propagator writes the W3C headers and no others, which it is asked once. Then those of a
 * trace can be read and written here, at half the cost, and it is needed only where there is baggage.
 */
function isW3cAlone(): boolean {
  const propagator = registered('propagation')
  if (!propagator) return false
  if (propagator !== asked?.propagator) {
    asked = { propagator, w3cAlone: guard('asking the propagator what it writes', writesW3cAlone, false) }
  }
  return asked.w3cAlone
}

function writesW3cAlone(): boolean {
  const written: Record<string, string> = {}
  propagation.inject(trace.setSpanContext(ROOT_CONTEXT, SAMPLE), written, setter)
  const { traceparent, ...others } = written
  return (
    traceparent === traceparentOf(SAMPLE) &&
    Object.keys(others).length === 0 &&
    propagation.fields().every((name) => W3C_HEADERS.has(name))
  )
}

function headerText<M>(carrier: ReadCarrier<M>, message: M, name: string): string | undefined {
  const value = carrier.get(message, name)
  if (value === undefined || typeof value === 'string') return value
  return LISTS.has(name) ? value.join(',') : value[0]
}
