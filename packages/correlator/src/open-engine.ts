import { Checkpointer, loadCheckpoint } from './checkpoint/checkpointer.ts'
import { jsonToProtobuf } from './decode/json.ts'
import { rejectFuture } from './decode/horizon.ts'
import { Scanner, type Scan } from './decode/scan.ts'
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
import { DecodeError } from './errors.ts'
import { NOTHING_NORMAL } from './flow/state.ts'
import { LiveFlows } from './live.ts'
import type { Flow, FlowSummary, Message } from './model.ts'
import type { DestinationReports, ShapeReports, Topology } from './reports.ts'
import { listFlows } from './query/flow-list.ts'
import { FlowPages, type PageQuery } from './query/flow-pages.ts'
import { Overview } from './query/overview.ts'
import { QUESTION_DEFAULTS, Questions, type MessageQuery, type QuestionOptions } from './query/questions.ts'
import { Shapes } from './query/shapes.ts'
import { DecodedSpans } from './stitch/decoded-spans.ts'
import { StoredSpans } from './stitch/stored-spans.ts'
import type { Store } from './store/store.ts'
import { VERSION } from './version.ts'

/** Settings of an engine. Times are milliseconds. */
export interface EngineOptions extends QuestionOptions {
  store: Store
  /** How long a list may take before it answers a shorter page and a cursor. */
  listBudgetMs?: number
  /** How long after its group has read past a message it is lost or unknown: telemetry takes its time. */
  lossGraceMs?: number
  /** How long topology and destinations wait for what has not been taken in yet; they say what is missing then. */
  reportBudgetMs?: number
  /** How often flows are looked at again that may have turned quiet, or that wait for their cause. */
  liveIntervalMs?: number
}

/** Everything behind knows one encoding. */
const TO_PROTOBUF: Readonly<Record<Encoding, (body: Uint8Array) => Uint8Array>> = {
  protobuf: (body) => body,
  json: jsonToProtobuf,
  zipkin: zipkinToProtobuf,
}

/** A request of more would keep all others waiting: exporters send some hundreds. */
const MAX_SPANS = 100_000

function checkSize({ accepted, rejected }: Scan): void {
  const spans = accepted + rejected
  if (spans > MAX_SPANS)
    throw new DecodeError('too-large', `${spans} spans in one request: send at most ${MAX_SPANS} at a time`)
}

/** What sums rest on, beside the spans. */
function basisOf({ keys, keyWindowMs, hubLimit, maxSteps }: Required<EngineOptions>): string {
  return JSON.stringify([VERSION, keys, keyWindowMs, hubLimit, maxSteps])
}

/** Starts an engine over a store, with whatever the store already holds. */
export function openEngine(options: EngineOptions): Promise<Engine> {
  return Promise.resolve(new FlowEngine(options))
}

class FlowEngine implements Engine {
  readonly #store: Store
  readonly #options: Required<EngineOptions>
  readonly #questions: Questions
  readonly #scanner: Scanner
  readonly #live: LiveFlows
  readonly #overview: Overview
  readonly #shapes: Shapes
  readonly #decoded = new DecodedSpans()
  readonly #pages = new FlowPages()
  readonly #checkpointer: Checkpointer | undefined
  #rejectedSpans = 0

  constructor(options: EngineOptions) {
    this.#options = {
      ...QUESTION_DEFAULTS,
      listBudgetMs: 500,
      lossGraceMs: 60_000,
      reportBudgetMs: 5000,
      liveIntervalMs: 100,
      ...options,
    }
    this.#store = options.store
    this.#questions = new Questions(this.#options, {
      judge: (message) => this.#overview.judge(message),
      normal: () => this.#shapes,
    })
    this.#scanner = new Scanner(this.#questions.declared)
    const { checkpoints } = this.#store
    const basis = basisOf(this.#options)
    const saved = checkpoints && loadCheckpoint(checkpoints, basis)
    this.#shapes = new Shapes(
      {
        newSpans: () => this.#spans(),
        digest: (flowId, spans) => this.#questions.digest(flowId, spans, NOTHING_NORMAL),
        ...this.#options,
      },
      saved?.learned,
    )
    this.#overview = new Overview(
      this.#store,
      () => this.#spans(),
      (traceId, spans) => this.#shapes.learner.visit(traceId, spans),
      this.#options,
      saved?.totals,
    )
    if (checkpoints) {
      const { totals } = this.#overview
      const { learner } = this.#shapes
      this.#checkpointer = new Checkpointer(this.#store, { totals, learner, basis })
    }
    this.#live = new LiveFlows({
      spans: () => this.#spans(),
      digest: (flowId, spans) => this.#questions.digest(flowId, spans),
      ...this.#options,
    })
  }

  async ingest(body: Uint8Array, encoding: Encoding): Promise<IngestResult> {
    const request = TO_PROTOBUF[encoding](body)
    const scan = this.#scanner.scan(request)
    const withoutIds = scan.rejected
    checkSize(scan)
    const future = rejectFuture(scan, Math.max(Date.now(), this.#options.now()))
    const { accepted, rejected } = scan
    this.#rejectedSpans += rejected
    if (accepted > 0) {
      const durable = this.#store.append(request, scan)
      this.#live.changed(request, scan)
      this.#overview.totals.note(scan)
      await durable
    }
    if (rejected === 0) return { accepted, rejected }
    const reasons = [
      ...(withoutIds > 0 ? [`${withoutIds} spans have no valid trace id or span id`] : []),
      ...(future > 0 ? [`${future} spans start more than a day in the future`] : []),
    ]
    return { accepted, rejected, message: reasons.join('; ') }
  }

  async flows(query: FlowQuery): Promise<FlowPage> {
    await this.#overview.refreshLoss()
    const spans = this.#spans()
    return listFlows(
      query,
      { store: this.#store, spans, digest: (flowId) => this.#questions.digest(flowId, spans) },
      performance.now() + this.#options.listBudgetMs,
    )
  }

  async flow(flowId: string, page?: PageQuery): Promise<Flow | undefined> {
    if (page?.cursor !== undefined) return this.#pages.next(flowId, page)
    await this.#overview.refreshLoss()
    const flow = this.#questions.flow(flowId, this.#spans())
    return flow && page ? this.#pages.first(flow, page.limit) : flow
  }

  async flowsOfTrace(traceId: string): Promise<FlowSummary[]> {
    await this.#overview.refreshLoss()
    return this.#questions.flowsOfTrace(traceId, this.#spans())
  }

  async messages(query: MessageQuery): Promise<Message[]> {
    await this.#overview.refreshLoss()
    return this.#questions.messages(query, this.#spans())
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
    const { spans, flows, messages, bytes, damaged, faults } = this.#store.stats()
    return {
      spans,
      flows,
      messages,
      rejectedSpans: this.#rejectedSpans,
      storedBytes: bytes,
      damagedPlaces: damaged,
      faults,
    }
  }

  subscribe(listener: (summary: FlowSummary) => void): () => void {
    return this.#live.subscribe(listener)
  }

  async close(): Promise<void> {
    this.#live.close()
    this.#overview.close()
    this.#shapes.close()
    this.#pages.close()
    await this.#checkpointer?.close()
    await this.#store.close()
  }

  #spans(): StoredSpans {
    return new StoredSpans(this.#store, this.#questions.join, this.#decoded)
  }
}
