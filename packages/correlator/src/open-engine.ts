import { DeclaredKeys } from './decode/declared-keys.ts'
import { jsonToProtobuf } from './decode/json.ts'
import { Scanner } from './decode/scan.ts'
import { zipkinToProtobuf } from './decode/zipkin.ts'
import type {
  Encoding,
  Engine,
  EngineStats,
  FlowPage,
  FlowQuery,
  IngestResult,
  ShapeQuery,
  TimeRange,
} from './engine.ts'
import { digestOf, flowOf, type FlowDigest } from './flow/flow.ts'
import { flowsOf } from './flow/origins.ts'
import { NOTHING_NORMAL, type Circumstances, type Normal } from './flow/state.ts'
import { LiveFlows } from './live.ts'
import type { DestinationReports, Flow, FlowSummary, Message, ShapeReports, Topology } from './model.ts'
import { listFlows } from './query/flow-list.ts'
import { messagesOfSpans } from './query/messages.ts'
import { Overview } from './query/overview.ts'
import { Shapes } from './query/shapes.ts'
import { sharingPlace } from './stitch/keys.ts'
import { StoredSpans } from './stitch/stored-spans.ts'
import type { Store } from './store/store.ts'

/** Settings of an engine. Times are milliseconds. */
export interface EngineOptions {
  store: Store
  /** The clock, for the states of flows: milliseconds since the epoch. */
  now?: () => number
  /** A flow is active until nothing has happened for this long. */
  quietAfterMs?: number
  /** A flow with a message that nobody got for this long is stalled. */
  stalledAfterMs?: number
  /**
   * Attributes of send and process spans whose value says which message is meant (`order.id`), for messages
   * that carry no context. An embedded store takes the same ones.
   */
  keys?: readonly string[]
  /** How far apart in time two spans with the same key still mean the same message. */
  keyWindowMs?: number
  /** How many flows may pass through one step before what it may have caused is left out of them. */
  hubLimit?: number
  /** How many steps of one flow are shown. */
  maxSteps?: number
  /** How long a list may take before it answers a shorter page and a cursor. */
  listBudgetMs?: number
  /** How long after its group has read past a message it is lost or unknown: telemetry takes its time. */
  lossGraceMs?: number
  /** How long topology and destinations wait for what has not been taken in yet; they say what is missing then. */
  reportBudgetMs?: number
  /** At most this often are changes of one flow told. */
  liveIntervalMs?: number
}

/** Everything behind knows one encoding. */
const TO_PROTOBUF: Readonly<Record<Encoding, (body: Uint8Array) => Uint8Array>> = {
  protobuf: (body) => body,
  json: jsonToProtobuf,
  zipkin: zipkinToProtobuf,
}

/** Starts an engine over a store, with whatever the store already holds. */
export function openEngine(options: EngineOptions): Promise<Engine> {
  return Promise.resolve(new FlowEngine(options))
}

class FlowEngine implements Engine {
  readonly #store: Store
  readonly #options: Required<EngineOptions>
  readonly #declared: DeclaredKeys
  readonly #scanner: Scanner
  readonly #live: LiveFlows
  readonly #overview: Overview
  readonly #shapes: Shapes
  #rejectedSpans = 0

  constructor(options: EngineOptions) {
    this.#options = {
      now: Date.now,
      quietAfterMs: 30_000,
      stalledAfterMs: 300_000,
      keys: [],
      keyWindowMs: 3_600_000,
      hubLimit: 200,
      maxSteps: 50_000,
      listBudgetMs: 500,
      lossGraceMs: 60_000,
      reportBudgetMs: 5000,
      liveIntervalMs: 100,
      ...options,
    }
    this.#store = options.store
    this.#declared = new DeclaredKeys(this.#options.keys)
    this.#scanner = new Scanner(this.#declared)
    this.#shapes = new Shapes({
      newSpans: () => this.#spans(),
      digest: (flowId, spans) => this.#digest(flowId, spans, NOTHING_NORMAL),
      isBusy: () => this.#overview.totals.isBusy,
      ...this.#options,
    })
    this.#overview = new Overview(
      this.#store,
      () => this.#spans(),
      (traceId, spans) => this.#shapes.learner.visit(traceId, spans),
      this.#options,
    )
    this.#live = new LiveFlows({
      spans: () => this.#spans(),
      digest: (flowId, spans) => this.#digest(flowId, spans),
      ...this.#options,
    })
  }

  async ingest(body: Uint8Array, encoding: Encoding): Promise<IngestResult> {
    const request = TO_PROTOBUF[encoding](body)
    const scan = this.#scanner.scan(request)
    const { accepted, rejected } = scan
    this.#rejectedSpans += rejected
    if (accepted > 0) {
      const durable = this.#store.append(request, scan)
      this.#live.changed(request, scan)
      this.#overview.totals.note(scan)
      await durable
    }
    if (rejected === 0) return { accepted, rejected }
    return { accepted, rejected, message: `${rejected} spans have no valid trace id or span id` }
  }

  async flows(query: FlowQuery): Promise<FlowPage> {
    await this.#overview.refreshLoss()
    const spans = this.#spans()
    const digest = (flowId: string): FlowDigest | undefined => this.#digest(flowId, spans)
    return listFlows(
      query,
      { store: this.#store, spans, digest },
      performance.now() + this.#options.listBudgetMs,
    )
  }

  async flow(flowId: string): Promise<Flow | undefined> {
    await this.#overview.refreshLoss()
    return flowOf(flowId, this.#spans(), this.#options, this.#circumstances())
  }

  async flowsOfTrace(traceId: string): Promise<FlowSummary[]> {
    await this.#overview.refreshLoss()
    const spans = this.#spans()
    const found = spans.trace(traceId).spans
    const flowIds = found.length > 0 ? flowsOf(found, spans, this.#options.hubLimit).flowIds : [traceId]
    return flowIds.flatMap((flowId) => this.#digest(flowId, spans)?.summary ?? [])
  }

  async messages({ id, coordinate }: { id?: string; coordinate?: string }): Promise<Message[]> {
    await this.#overview.refreshLoss()
    const spans = this.#spans()
    const found = [
      ...(coordinate === undefined ? [] : sharingPlace(coordinate, spans)),
      ...(id === undefined ? [] : spans.withMessageId(id)),
    ]
    const messages = messagesOfSpans(found, spans, this.#options.hubLimit)
    for (const message of messages) this.#overview.judge(message)
    return messages.filter(
      (message) =>
        (id === undefined || message.id === id) &&
        (coordinate === undefined || message.coordinate === coordinate),
    )
  }

  topology(range: TimeRange): Promise<Topology> {
    return this.#overview.topology(range)
  }

  destinations(): Promise<DestinationReports> {
    return this.#overview.destinations()
  }

  async shapes(query: ShapeQuery): Promise<ShapeReports> {
    await this.#overview.catchUp()
    return this.#shapes.reports(query, this.#overview.totals.coverage)
  }

  stats(): EngineStats {
    const { spans, flows, messages, bytes, faults } = this.#store.stats()
    return { spans, flows, messages, rejectedSpans: this.#rejectedSpans, storedBytes: bytes, faults }
  }

  subscribe(listener: (summary: FlowSummary) => void): () => void {
    return this.#live.subscribe(listener)
  }

  async close(): Promise<void> {
    this.#live.close()
    this.#overview.close()
    this.#shapes.close()
    await this.#store.close()
  }

  #spans(): StoredSpans {
    return new StoredSpans(this.#store, { declared: this.#declared, windowMs: this.#options.keyWindowMs })
  }

  #digest(flowId: string, spans: StoredSpans, normal?: Normal): FlowDigest | undefined {
    return digestOf(flowId, spans, this.#options, this.#circumstances(normal))
  }

  #circumstances(normal: Normal = this.#shapes): Circumstances {
    const { now, quietAfterMs, stalledAfterMs } = this.#options
    return {
      now: now(),
      quietAfterMs,
      stalledAfterMs,
      judge: (message) => this.#overview.judge(message),
      normal,
    }
  }
}
