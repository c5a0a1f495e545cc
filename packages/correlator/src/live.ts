import { SPAN_SLOTS, type Scan } from './decode/scan.ts'
import { decodeSpan } from './decode/span.ts'
import type { FlowDigest } from './flow/flow.ts'
import { flowsOf } from './flow/origins.ts'
import type { FlowSummary } from './model.ts'
import { isProvisional } from './stitch/causes.ts'
import type { StoredSpans } from './stitch/stored-spans.ts'

/** What the live flows need of the engine. */
export interface LiveSource {
  spans(): StoredSpans
  digest(flowId: string, spans: StoredSpans): FlowDigest | undefined
  now(): number
  quietAfterMs: number
  liveIntervalMs: number
  hubLimit: number
}

/** Work of one tick, so that ingest and questions never wait long for it. */
const TICK_BUDGET_MS = 5
/** After each tick, news waits for this many times as long as the tick took. */
const REST = 4
/** Beyond this many, the oldest changes go untold: a listener that needs all of them reads the list. */
const MAX_WAITING = 20_000
/** A flow that only seems to be one, as its cause has yet to come, is not told before. */
const PROVISIONAL_MS = 1_000

/**
 * Tells listeners about flows that changed. Without listeners it costs nothing; with them, it takes no
 * more than its share of the time, whatever comes in.
 */
export class LiveFlows {
  readonly #source: LiveSource
  readonly #listeners = new Set<(summary: FlowSummary) => void>()
  /** Traces with news, the latest news last, and when the first of it came. */
  readonly #traces = new Map<string, number>()
  /** Flows that were told as active, and when to look again whether they still are. */
  readonly #active = new Map<string, number>()
  #timer: ReturnType<typeof setInterval> | undefined
  /** Looks at news at once, or as soon as ticks have not taken more than their share. */
  #soon: ReturnType<typeof setTimeout> | undefined
  #restUntil = 0

  constructor(source: LiveSource) {
    this.#source = source
  }

  subscribe(listener: (summary: FlowSummary) => void): () => void {
    const own = (summary: FlowSummary): void => listener(summary)
    this.#listeners.add(own)
    this.#timer ??= setInterval(() => this.#tick(), this.#source.liveIntervalMs).unref()
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.close()
    }
  }

  close(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
    this.#timer = this.#soon = undefined
    this.#listeners.clear()
    this.#traces.clear()
    this.#active.clear()
  }

  /** Notes the traces of a request, one lookup for each run of spans of the same trace. */
  changed(body: Uint8Array, { spans }: Scan): void {
    if (this.#listeners.size === 0) return
    for (let at = 0; at < spans.length; at += SPAN_SLOTS) {
      const { items } = spans
      if (at > 0 && items[at] === items[at - SPAN_SLOTS] && items[at + 1] === items[at + 1 - SPAN_SLOTS])
        continue
      const { traceId } = decodeSpan(body, items[at + 2]!, '', 0)
      this.#wait(traceId, this.#traces.get(traceId) ?? performance.now())
    }
    for (const [oldest] of this.#traces) {
      if (this.#traces.size <= MAX_WAITING) break
      this.#traces.delete(oldest)
    }
    const rest = Math.max(0, this.#restUntil - performance.now())
    this.#soon ??= setTimeout(() => this.#tick(), rest).unref()
  }

  #wait(traceId: string, since: number): void {
    this.#traces.delete(traceId)
    this.#traces.set(traceId, since)
  }

  /** The latest news first: what can't be told in time had better be old. */
  #tick(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
    const began = performance.now()
    const deadline = began + TICK_BUDGET_MS
    const spans = this.#source.spans()
    const told = new Set<string>()
    for (const [traceId, since] of [...this.#traces].toReversed()) {
      if (performance.now() > deadline) break
      this.#traces.delete(traceId)
      const { flowIds } = flowsOf(spans.trace(traceId).spans, spans, this.#source.hubLimit)
      for (const flowId of flowIds) {
        if (told.has(flowId)) continue
        if (isProvisional(flowId, spans) && began - since < PROVISIONAL_MS) this.#wait(traceId, since)
        else {
          told.add(flowId)
          this.#tell(flowId, spans)
        }
      }
    }
    this.#lookAgain(spans, deadline)
    const now = performance.now()
    this.#restUntil = now + (now - began) * REST
  }

  /** Tells when active flows have become something else because nothing happened. */
  #lookAgain(spans: StoredSpans, deadline: number): void {
    for (const [flowId, due] of this.#active) {
      if (due > this.#source.now() || performance.now() > deadline) return
      this.#active.delete(flowId)
      this.#tell(flowId, spans)
    }
  }

  #tell(flowId: string, spans: StoredSpans): void {
    const summary = this.#source.digest(flowId, spans)?.summary
    if (!summary) return
    this.#active.delete(flowId)
    if (summary.state === 'active' && this.#active.size < MAX_WAITING)
      this.#active.set(flowId, this.#source.now() + this.#source.quietAfterMs)
    for (const listener of this.#listeners) listener(summary)
  }
}
