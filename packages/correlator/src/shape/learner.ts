import type { Span } from '../decode/span.ts'
import { namedFlows, nearFlows, type FlowDigest } from '../flow/flow.ts'
import { flowsOf } from '../flow/origins.ts'
import type { Spans } from '../stitch/spans.ts'
import { LearnedFlows, type LearnedFlow } from './learned.ts'

/** What learning needs of the engine. */
export interface LearnerSource<View extends Spans> {
  /** All spans, as they are now. */
  newSpans(): View
  digest(flowId: string, spans: View): FlowDigest | undefined
  /** Milliseconds since the epoch. */
  now(): number
  /** Flows in which nothing has happened for this long are learned from. */
  quietAfterMs: number
  hubLimit: number
}

/** What is remembered: some tens of megabytes at most. */
const LIMITS = { perOrigin: 5000, flows: 50_000, parts: 50_000 }
/** Beyond this many traces, those that come are skipped: statistics don't need all flows. */
const MOST_WAITING = 50_000
/** Traces that are looked at with one view of the spans. */
const CHUNK = 64

/** All that is to be remembered over a restart. */
export interface LearnerState {
  flows: readonly LearnedFlow[]
  /** Traces that have to be looked at. */
  waiting: readonly string[]
  skipped: number
}

/** A trace with news, and how many visits had been made when it came. */
interface Waiting {
  visit: number
  /** When the trace is quiet if nothing more comes: milliseconds since the epoch. */
  due: number
}

/**
 * Learns from flows once nothing happens in them any more, and anew when something late comes. It hears of
 * traces with news and finds their flows; a flow of ten traces is looked at once, after the last of them.
 */
export class ShapeLearner<View extends Spans> {
  readonly flows: LearnedFlows = new LearnedFlows(LIMITS)
  /** Grows with each change. */
  version = 0
  /** Traces that came faster than they could be looked at. */
  skipped = 0
  readonly #source: LearnerSource<View>
  /** Traces to look at, */
  readonly #quiet = new Map<string, Waiting>()
  /** and those in which something may still happen, the first that is due first. */
  readonly #active = new Map<string, Waiting>()
  #visits = 0

  /** @param from what `state` was before a restart */
  constructor(source: LearnerSource<View>, from?: LearnerState) {
    this.#source = source
    for (const flow of from?.flows ?? []) this.flows.learn(flow)
    for (const traceId of from?.waiting ?? []) this.recheck(traceId)
    this.skipped = from?.skipped ?? 0
    if (from) this.version++
  }

  /** What is to be remembered over a restart. */
  get state(): LearnerState {
    const waiting = [...this.#quiet.keys(), ...this.#active.keys()]
    return { flows: this.flows.all(), waiting, skipped: this.skipped }
  }

  /** Traces that are due and not looked at yet. */
  get waiting(): number {
    return this.#quiet.size
  }

  visit(traceId: string, spans: Spans): void {
    const { quietAfterMs } = this.#source
    const now = this.#source.now()
    const found = spans.trace(traceId).spans
    const last = found.reduce((end, span) => (span.end > end ? span.end : end), 0n)
    const isQuiet = now - Number(last / 1_000_000n) >= quietAfterMs
    const waiting = { visit: ++this.#visits, due: now + quietAfterMs }
    this.#active.delete(traceId)
    this.#wait(isQuiet ? this.#quiet : this.#active, traceId, waiting)
  }

  /** Looks at what is due. Answers whether nothing is left to do. */
  work(deadline: number): boolean {
    this.#awake()
    let [spans, left] = [this.#source.newSpans(), CHUNK]
    let visits = this.#visits
    for (const [traceId, { visit }] of this.#quiet) {
      if (performance.now() > deadline) return false
      if (left-- === 0) {
        ;[spans, left] = [this.#source.newSpans(), CHUNK]
        visits = this.#visits
      }
      this.#quiet.delete(traceId)
      this.#look(traceId, visit, { spans, visits })
    }
    return true
  }

  /** Looks at a trace again, as it may be gone. */
  recheck(traceId: string): void {
    this.#wait(this.#quiet, traceId, { visit: ++this.#visits, due: 0 })
  }

  #wait(queue: Map<string, Waiting>, traceId: string, waiting: Waiting): void {
    if (queue.size < MOST_WAITING || queue.has(traceId)) queue.set(traceId, waiting)
    else this.skipped++
  }

  #awake(): void {
    const now = this.#source.now()
    for (const [traceId, waiting] of this.#active) {
      if (waiting.due > now) return
      this.#active.delete(traceId)
      this.#wait(this.#quiet, traceId, waiting)
    }
  }

  #look(traceId: string, visit: number, view: { spans: View; visits: number }): void {
    const open = this.#flowsNear(traceId, view.spans)
    for (const flowId of open) {
      if ((this.flows.get(flowId)?.visits ?? 0) >= visit) continue
      const digest = this.#source.digest(flowId, view.spans)
      for (const near of this.#known(digest?.nearFlows ?? [])) open.add(near)
      if (!this.#learn(flowId, digest, view.visits) && !this.#active.has(traceId))
        this.#wait(this.#active, traceId, { visit, due: this.#source.now() + this.#source.quietAfterMs })
    }
  }

  /**
   * The flows that the trace is in, and those that it was in or was one of before its news came. Only a report
   * that a newer one has replaced may know these, or a context that counted while better evidence was missing.
   * Where something was learned from any of them, what the trace leads to may be some other flow's now.
   */
  #flowsNear(traceId: string, spans: View): Set<string> {
    const found = spans.reports(traceId)
    const linkers = [...spans.linkersOf(traceId).values()].flat()
    const near = [...found, ...linkers]
    const roots = [...namedFlows(near)].flatMap((flowId) => spans.trace(flowId).root ?? [])
    const known = this.#known([traceId, ...nearFlows(near)])
    const left = known.length > 0 ? [...linkers, ...spans.namingFlow(traceId)] : []
    const flowIds = [found, roots, left].flatMap((some) => this.#flowsOf(some, traceId, spans))
    return new Set([...flowIds, ...known])
  }

  /** Of a step with too many flows, the trace's own must not be left out. */
  #flowsOf(some: readonly Span[], traceId: string, spans: View): string[] {
    if (some.length === 0) return []
    const { flowIds, capped } = flowsOf(some, spans, this.#source.hubLimit)
    return capped ? [...flowIds, traceId] : flowIds
  }

  /** Of these, the flows that something was learned from. */
  #known(flowIds: Iterable<string>): string[] {
    return [...flowIds].filter((flowId) => this.flows.get(flowId) !== undefined)
  }

  /** Answers false where something may still happen in the flow. */
  #learn(flowId: string, digest: FlowDigest | undefined, visits: number): boolean {
    this.version++
    this.flows.forget(flowId)
    if (!digest) return true
    const last = Number(BigInt(digest.summary.endTimeUnixNano) / 1_000_000n)
    const isQuiet = this.#source.now() - last >= this.#source.quietAfterMs
    if (isQuiet) this.flows.learn(learnedFrom(digest, visits))
    return isQuiet
  }
}

function learnedFrom({ summary, shape, outcome }: FlowDigest, visits: number): LearnedFlow {
  return {
    id: summary.id,
    start: BigInt(summary.startTimeUnixNano),
    durationMs: summary.durationMs,
    stepCount: summary.stepCount,
    outcome,
    shape: shape.shape,
    lags: shape.lags,
    visits,
  }
}
