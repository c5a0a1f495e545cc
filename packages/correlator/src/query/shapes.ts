import { setImmediate } from 'node:timers/promises'
import type { ShapeQuery } from '../engine.ts'
import type { Normal } from '../flow/state.ts'
import type { MissingStep, ShapeFrequency } from '../model.ts'
import type { Coverage, ShapeReports } from '../reports.ts'
import type { FlowShape } from '../shape/flow-shape.ts'
import { ShapeLearner, type LearnerSource, type LearnerState } from '../shape/learner.ts'
import { missingSteps } from '../shape/missing.ts'
import { frequencyOf, reportOf } from '../shape/report.ts'
import { ShapeStatistics, type OriginCounts } from '../shape/statistics.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import { KEY_TRACE, KeyHash } from '../store/hash.ts'
import type { Store } from '../store/store.ts'
import { Pace, TURN_MS } from '../totals/pace.ts'

/** What shapes need of the engine. Times are milliseconds. */
export interface ShapesSource extends LearnerSource<StoredSpans> {
  store: Store
  reportBudgetMs: number
}

/** What learning takes of the core: under load it may fall behind, as a sample is enough. */
const SHARES = { busy: 0.01, idle: 0.2 }
/** How old what is said about single flows may be, and how much of the time may go into making it anew. */
const STATISTICS_MS = 5000
const MOST_OF_TIME = 0.02

/**
 * What flows normally do. Learning goes on in the background; the statistics are one pass over what is
 * remembered, which is bounded, and are made anew when somebody asks and they are old.
 */
export class Shapes implements Normal {
  readonly learner: ShapeLearner<StoredSpans>
  readonly #source: ShapesSource
  readonly #pace: Pace
  #statistics = new ShapeStatistics()
  #version = 0
  /** When statistics may be made again. */
  #next = 0
  #reading: Promise<void> | undefined
  #dropped = 0
  #gone: Iterator<string | undefined, void> | undefined

  /** @param from what the learner's state was before a restart */
  constructor(source: ShapesSource, from?: LearnerState) {
    this.#source = source
    this.learner = new ShapeLearner(source, from)
    // What retention has taken since then is not known.
    if (from) this.#dropped = -1
    this.#pace = new Pace((deadline) => this.#work(deadline), SHARES)
  }

  missing(shape: FlowShape): MissingStep[] {
    const counts = this.#countsOf(shape)
    return counts ? missingSteps(shape, counts, this.#source.now(), this.#source.quietAfterMs) : []
  }

  frequency(shape: FlowShape): ShapeFrequency | undefined {
    const counts = this.#countsOf(shape)
    return counts && frequencyOf(shape.shape.id, counts)
  }

  /** @param coverage of the traces that the learner has heard of */
  async reports({ service, name, limit, cursor }: ShapeQuery, coverage: Coverage): Promise<ShapeReports> {
    await this.#pace.catchUp(performance.now() + this.#source.reportBudgetMs)
    const { waiting, skipped } = this.learner
    await this.#reading
    if (this.#version !== this.learner.version) await this.#read()
    const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
    const wanted = [...this.#statistics.origins.values()]
      .filter(({ origin }) => service === undefined || origin.service === service)
      .filter(({ origin }) => name === undefined || origin.name === name)
      .filter(({ origin }) => origin.key > after)
      .sort((a, b) => (a.origin.key < b.origin.key ? -1 : 1))
    const page = wanted.slice(0, limit)
    const next = page.length < wanted.length ? page.at(-1)!.origin.key : undefined
    const waitingTraces = (coverage.waitingTraces ?? 0) + waiting
    return {
      origins: page.map(reportOf),
      ...(next !== undefined && { cursor: Buffer.from(next).toString('base64url') }),
      ...coverage,
      complete: coverage.complete && waiting === 0,
      ...(waitingTraces > 0 && { waitingTraces }),
      ...(skipped > 0 && { skippedTraces: skipped }),
    }
  }

  close(): void {
    this.#pace.stop()
  }

  /** As they were made last; if that is long ago, new ones are made for whoever asks next. */
  #countsOf({ shape }: FlowShape): OriginCounts | undefined {
    if (this.#version !== this.learner.version && performance.now() >= this.#next)
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#statistics.origins.get(shape.origin.key)
  }

  async #read(): Promise<void> {
    const { version } = this.learner
    const statistics = new ShapeStatistics()
    let [turn, took] = [performance.now(), 0]
    for (const flow of this.learner.flows.all()) {
      statistics.add(flow)
      if (performance.now() - turn < TURN_MS) continue
      took += performance.now() - turn
      await setImmediate()
      turn = performance.now()
    }
    this.#statistics = statistics
    this.#version = version
    this.#next = performance.now() + Math.max(STATISTICS_MS, took / MOST_OF_TIME)
  }

  #work(deadline: number): boolean {
    return this.#recheckGone(deadline) && this.learner.work(deadline)
  }

  /** When retention has taken a part of the store, flows of traces that are gone are looked at again. */
  #recheckGone(deadline: number): boolean {
    const { dropped } = this.#source.store.stats()
    if (dropped !== this.#dropped) this.#gone = this.#flowsGone()
    this.#dropped = dropped
    for (let next = this.#gone?.next(); next && !next.done; next = this.#gone!.next()) {
      if (next.value !== undefined) this.learner.recheck(next.value)
      if (performance.now() > deadline) return false
    }
    this.#gone = undefined
    return true
  }

  *#flowsGone(): Generator<string | undefined, void> {
    const hash = new KeyHash()
    for (const flowId of this.learner.flows.ids()) {
      const id = Buffer.from(flowId, 'hex')
      hash.bytes(KEY_TRACE, id, 0, id.length)
      yield this.#source.store.find(hash).length === 0 ? flowId : undefined
    }
  }
}
