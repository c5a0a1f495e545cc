import { createHash } from 'node:crypto'
import { jsonToProtobuf } from '../../src/decode/json.ts'
import { memoryStore, openEngine, type Engine, type EngineOptions, type Flow } from '../../src/index.ts'

/** A span of a test story. Names instead of ids; times in milliseconds after the story's start. */
export interface Told {
  /** `trace/span`. */
  id: string
  parent?: string
  links?: (string | { to: string; attributes?: Attributes; state?: string })[]
  service?: string
  name?: string
  kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  at?: number
  for?: number
  attributes?: Attributes
  error?: boolean
  state?: string
}

export type Attributes = Record<string, string | number | boolean | readonly string[]>

/** When all stories start: 2026-01-01. */
export const STORY_START_MS = 1_767_225_600_000
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

export function traceId(name: string): string {
  return createHash('md5').update(`trace ${name}`).digest('hex')
}

export function spanId(name: string): string {
  return createHash('md5').update(`span ${name}`).digest('hex').slice(0, 16)
}

/** What a span of the story is called in answers. */
export function ref(id: string): { traceId: string; spanId: string } {
  return { traceId: traceId(id.split('/')[0]!), spanId: spanId(id) }
}

/** Answers as text, byte for byte, but for the versions of flows, which say when things came. */
export function withoutVersions(answers: unknown): string {
  return JSON.stringify(answers, (key, value: unknown) => (key === 'version' ? undefined : value))
}

/** The span names of a flow's steps, sorted; the stories name spans by their ids. */
export function stepsOf(flow: Flow | undefined): string[] {
  return (flow?.steps ?? []).map((step) => step.name).sort()
}

/** A messaging span of the newest conventions. */
export function messaging(
  type: 'create' | 'send' | 'receive' | 'process' | 'settle',
  destination: string,
  more: Attributes = {},
): Attributes {
  return {
    'messaging.system.name': 'kafka',
    'messaging.operation.type': type,
    'messaging.destination.name': destination,
    ...more,
  }
}

/** The flow context as it travels in `tracestate`. */
export function flowState(trace: string, hop = 1): string {
  const start = STORY_START_MS.toString(36)
  return `flowstitch=1-${traceId(trace)}-${start}-${start}-${hop}`
}

export function nanos(milliseconds: number): string {
  return (BigInt(STORY_START_MS) * 1_000_000n + BigInt(Math.round(milliseconds * 1e6))).toString()
}

/** An ExportTraceServiceRequest as OTLP/JSON. */
export function jsonRequest(told: readonly Told[]): Uint8Array {
  const resourceSpans = told.map((span) => ({
    resource: { attributes: [attribute('service.name', span.service ?? 'shop')] },
    scopeSpans: [{ scope: { name: 'story' }, spans: [otlpSpan(span)] }],
  }))
  return Buffer.from(JSON.stringify({ resourceSpans }))
}

export function request(told: readonly Told[]): Uint8Array {
  return jsonToProtobuf(jsonRequest(told))
}

/** An engine that has been told the story, a request a span. */
export async function engineWith(
  told: readonly Told[],
  options: Partial<EngineOptions> = {},
): Promise<Engine> {
  const engine = await openEngine({
    store: memoryStore(),
    now: () => STORY_START_MS + 60_000,
    // A busy machine would answer a part of a list.
    listBudgetMs: 60_000,
    ...options,
  })
  for (const span of told) await engine.ingest(request([span]), 'protobuf')
  return engine
}

function otlpSpan(span: Told): object {
  const start = span.at ?? 0
  return {
    ...ref(span.id),
    ...(span.parent && { parentSpanId: ref(span.parent).spanId }),
    ...(span.state && { traceState: span.state }),
    name: span.name ?? span.id,
    kind: KINDS.indexOf(span.kind ?? 'internal'),
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + (span.for ?? 1)),
    attributes: attributes(span.attributes),
    links: (span.links ?? []).map((link) =>
      typeof link === 'string'
        ? ref(link)
        : { ...ref(link.to), traceState: link.state ?? '', attributes: attributes(link.attributes) },
    ),
    status: { code: span.error ? 2 : 0 },
  }
}

function attributes(of: Attributes = {}): object[] {
  return Object.entries(of).map(([key, value]) => attribute(key, value))
}

function attribute(key: string, value: Attributes[string]): object {
  if (typeof value === 'object')
    return { key, value: { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } } }
  if (typeof value === 'string') return { key, value: { stringValue: value } }
  if (typeof value === 'boolean') return { key, value: { boolValue: value } }
  return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }
}
