import type { Flow, FlowState, FlowSummary, Message } from './model.ts'
import type { DestinationReports, ShapeReports, Topology } from './reports.ts'
import type { PageQuery } from './query/flow-pages.ts'

/** How the bytes of a request are encoded: an OTLP trace export in protobuf or JSON, or a list of spans in Zipkin's JSON v2. */
export type Encoding = 'protobuf' | 'json' | 'zipkin'

/** What an export request came to. `rejected` spans are gone, and `message` says why. */
export interface IngestResult {
  accepted: number
  rejected: number
  message?: string
}

/** Filters of a flow list; all of them must hold. Times are nanoseconds since the epoch. */
export interface FlowQuery {
  /** Matches ids, service, span and destination names. */
  q?: string
  service?: string
  destination?: string
  system?: string
  state?: FlowState
  minDurationMs?: number
  /** The id of a shape. */
  shape?: string
  since?: bigint
  until?: bigint
  /** At most this many, 1 to 500. */
  limit: number
  cursor?: string
}

/** A part of a flow list. It may be shorter than asked for, and even empty, while it has a cursor. */
export interface FlowPage {
  flows: FlowSummary[]
  /** Hands over to the next page; missing at the end. */
  cursor?: string
}

/** Which origins to tell the shapes of; all of them must hold. */
export interface ShapeQuery {
  service?: string
  /** The origin's name, as it is told. */
  name?: string
  /** At most this many origins, 1 to 500. */
  limit: number
  cursor?: string
}

/** From `since` on, before `until`, in nanoseconds since the epoch; open where one is missing. */
export interface TimeRange {
  since?: bigint
  until?: bigint
}

/** Numbers about the engine itself, for its operator. What came twice is counted twice. */
export interface EngineStats {
  spans: number
  /** Spans without parent and links: about as many as there are flows. */
  flows: number
  /** Spans of kind PRODUCER: about as many as there are messages. */
  messages: number
  rejectedSpans: number
  storedBytes: number
  /** How many places on disk were found damaged since the start; the spans there are left out of all answers. */
  damagedPlaces: number
  /** What fails behind requests at the moment, in words for its operator; empty while all is well. */
  faults: readonly string[]
}

/** Spans in, flows out. */
export interface Engine {
  /**
   * Takes the bytes of one ExportTraceServiceRequest, or of one list of Zipkin spans. Resolves when the spans are durable.
   * Rejects with a `DecodeError` when the bytes are no such request, and with an `OverloadError` when
   * the caller should come again later; nothing of the request is kept then. Once it has settled, the bytes
   * are the caller's again.
   */
  ingest(body: Uint8Array, encoding: Encoding): Promise<IngestResult>
  flows(query: FlowQuery): Promise<FlowPage>
  /**
   * The flow, whole, or a page of its lists where the flow is large. Rejects with a `GoneError` when the flow
   * that a cursor leads to is kept no more: when its last page was read, when nobody asked for the next one for a
   * minute, or earlier when many large flows are asked for.
   */
  flow(flowId: string, page?: PageQuery): Promise<Flow | undefined>
  flowsOfTrace(traceId: string): Promise<FlowSummary[]>
  messages(query: { id?: string; coordinate?: string }): Promise<Message[]>
  /** Waits a while for what has just come, or was there before the start; `complete` says whether all is in. */
  topology(range: TimeRange): Promise<Topology>
  /** Like `topology`. */
  destinations(): Promise<DestinationReports>
  /** What flows do, learned from those in which nothing happens any more. Waits like `topology`. */
  shapes(query: ShapeQuery): Promise<ShapeReports>
  stats(): EngineStats
  /**
   * Calls `listener` with every flow that changes, as often as that takes a small share of the time; the
   * answer ends the subscription. When more changes than can be told, the oldest changes are left out.
   */
  subscribe(listener: (summary: FlowSummary) => void): () => void
  /** Resolves when everything acknowledged is on disk and the store is closed. */
  close(): Promise<void>
}
