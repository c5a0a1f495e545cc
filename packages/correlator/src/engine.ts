import type { DestinationReport, Flow, FlowState, FlowSummary, Message, Topology } from './model.ts'

/** How the bytes of an OTLP trace export request are encoded. */
export type Encoding = 'protobuf' | 'json'

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
  since?: bigint
  until?: bigint
  /** At most this many, 1 to 500. */
  limit: number
  cursor?: string
}

export interface FlowPage {
  flows: FlowSummary[]
  cursor?: string
}

export interface TimeRange {
  since?: bigint
  until?: bigint
}

/** Numbers about the engine itself, for its operator. */
export interface EngineStats {
  spans: number
  flows: number
  messages: number
  rejectedSpans: number
  storedBytes: number
}

/** Spans in, flows out. */
export interface Engine {
  /**
   * Takes the bytes of one ExportTraceServiceRequest. Resolves when the spans are durable.
   * Rejects with a `DecodeError` when the bytes are no such request, and with an `OverloadError` when
   * the caller should come again later; nothing of the request is kept then.
   */
  ingest(body: Uint8Array, encoding: Encoding): Promise<IngestResult>
  flows(query: FlowQuery): Promise<FlowPage>
  flow(flowId: string): Promise<Flow | undefined>
  flowsOfTrace(traceId: string): Promise<FlowSummary[]>
  messages(query: { id?: string; coordinate?: string }): Promise<Message[]>
  topology(range: TimeRange): Promise<Topology>
  destinations(): Promise<DestinationReport[]>
  stats(): EngineStats
  /** Calls `listener` with every flow that changes; the answer ends the subscription. */
  subscribe(listener: (summary: FlowSummary) => void): () => void
  /** Resolves when everything acknowledged is on disk and the store is closed. */
  close(): Promise<void>
}
