import { setImmediate } from 'node:timers/promises'
import { SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import type { Coverage } from '../model.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import { KeyHash } from '../store/hash.ts'
import type { Store } from '../store/store.ts'
import { affectedBy } from './affected.ts'
import { writeUnit } from './describe.ts'
import { HashSlots } from './hash-slots.ts'
import { Names } from './names.ts'
import { RowTable } from './row-table.ts'
import { readRows, RowWriter, type CallRow, type MessageRow } from './rows.ts'
import { unitOf } from './unit.ts'

/** How long it works before it lets others have a turn. */
const TURN_MS = 10
/** Traces whose units are found with one look at the store. */
const CHUNK = 64
const TICK_MS = 100
/** Work of one tick while requests come in, and while none do. */
const BUSY_BUDGET_MS = 4
const IDLE_BUDGET_MS = 40
const LATEST = 0xffffffff

/**
 * What all messages and calls come to, kept up to date as spans come. Each trace's part is worked out from
 * the spans that there are and put in the place of the one before, so that the totals, too, depend on the
 * set of spans alone. Ingest only notes which traces have news; what the store held before is taken in
 * newest first.
 */
export class Totals {
  readonly names: Names = new Names()
  /** Grows with each change. */
  version = 0
  readonly #store: Store
  readonly #newSpans: () => StoredSpans
  readonly #visited: (traceId: string, spans: StoredSpans) => void
  readonly #table = new RowTable()
  readonly #writer = new RowWriter()
  readonly #timer: ReturnType<typeof setInterval>
  #news = new HashSlots()
  #taking = this.#news.entries()
  #takingLeft = 0
  /** Traces of before the start, newest first, until all are in. */
  #before: Iterator<string, void> | undefined
  #since = LATEST
  #gone: Iterator<string, void> | undefined
  #dropped = 0
  /** What is found and not counted yet, the next one last. */
  #units: string[] = []
  #spans: StoredSpans
  #readers = 0
  #lastIngest = 0
  #failure: unknown

  /** @param visited hears of each trace with news, and of each one that was there before the start, once it is counted */
  constructor(
    store: Store,
    newSpans: () => StoredSpans,
    visited: (traceId: string, spans: StoredSpans) => void,
  ) {
    this.#store = store
    this.#newSpans = newSpans
    this.#visited = visited
    this.#spans = newSpans()
    this.#before = store.stats().spans > 0 ? this.#tracesBefore() : undefined
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref()
  }

  /** Notes the traces of a request. */
  note({ spans: { items, length } }: Scan): void {
    let [hi, lo] = [0, 0]
    for (let at = 0; at < length; at += SPAN_SLOTS) {
      if (items[at] === hi && items[at + 1] === lo) continue
      hi = items[at]!
      lo = items[at + 1]!
      this.#news.set(hi, lo, 1)
    }
    this.#lastIngest = performance.now()
  }

  get coverage(): Coverage {
    const waiting = this.#news.size + this.#takingLeft + this.#units.length
    const complete = this.#before === undefined && waiting === 0
    return {
      complete,
      ...(this.#before && { sinceUnixNano: (BigInt(this.#since) * 1_000_000_000n).toString() }),
      ...(waiting > 0 && { waitingTraces: waiting }),
    }
  }

  /** Whether requests come in. */
  get isBusy(): boolean {
    return performance.now() - this.#lastIngest < 2 * TICK_MS
  }

  /**
   * Takes in what has come until nothing is left or the time is up. Gives way to others.
   * Rejects when the store can't be read.
   */
  async catchUp(deadline: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    while (!this.#work(Math.min(deadline, performance.now() + TURN_MS)) && performance.now() < deadline)
      await setImmediate()
  }

  /** Shows every row to `visit`. Gives way to others; the rows stay as they are meanwhile. */
  async read(visit: (row: CallRow | MessageRow) => void): Promise<void> {
    this.#readers++
    try {
      let turn = performance.now() + TURN_MS
      for (const words of this.#table.rows()) {
        for (const row of readRows(words)) visit(row)
        if (performance.now() < turn) continue
        await setImmediate()
        turn = performance.now() + TURN_MS
      }
    } finally {
      this.#readers--
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    try {
      this.#work(performance.now() + (this.isBusy ? BUSY_BUDGET_MS : IDLE_BUDGET_MS))
    } catch (error) {
      this.#failure = error
      this.close()
    }
  }

  /** Answers whether nothing is left to do. */
  #work(deadline: number): boolean {
    if (this.#readers > 0) return false
    do {
      const unit = this.#units.pop()
      if (unit !== undefined) this.#count(unit)
      else if (!this.#nextChunk()) return true
    } while (performance.now() < deadline)
    return false
  }

  #count(traceId: string): void {
    this.#writer.words.clear()
    writeUnit(unitOf(traceId, this.#spans), this.names, this.#writer)
    this.#table.replace(traceId, this.#writer.words)
    this.#visited(traceId, this.#spans)
    this.version++
  }

  /** What came last is looked at first. Units are found anew for each chunk, with all that has come until then. */
  #nextChunk(): boolean {
    this.#spans = this.#newSpans()
    const units = new Set<string>()
    for (let count = 0; count < CHUNK; count++) {
      const noted = this.#nextNoted()
      if (noted === undefined) break
      for (const traceId of noted) for (const unit of affectedBy(traceId, this.#spans)) units.add(unit)
    }
    for (let count = units.size; count < CHUNK && this.#before; count++) this.#takeBefore(units)
    for (let count = units.size; count < CHUNK; count++) {
      const gone = this.#nextGone()
      if (gone === undefined) break
      units.add(gone)
    }
    this.#units = [...units].toReversed()
    return units.size > 0 || !this.#isDone()
  }

  #isDone(): boolean {
    return this.coverage.complete && this.#gone === undefined
  }

  #nextNoted(): Set<string> | undefined {
    if (this.#takingLeft === 0) {
      if (this.#news.size === 0) return undefined
      this.#taking = this.#news.entries()
      this.#takingLeft = this.#news.size
      this.#news = new HashSlots()
    }
    this.#takingLeft--
    const hash = new KeyHash()
    ;[hash.hi, hash.lo] = this.#taking.next().value as [number, number, number]
    return new Set(this.#store.find(hash).map((location) => this.#spans.decode(location).traceId))
  }

  #takeBefore(units: Set<string>): void {
    const next = this.#before!.next()
    if (next.done) {
      this.#before = undefined
      return
    }
    units.add(next.value)
    for (const { links } of this.#spans.trace(next.value).spans)
      for (const { traceId } of links) if (!this.#spans.knows(traceId)) units.add(traceId)
  }

  *#tracesBefore(): Generator<string, void> {
    for (const second of this.#store.seconds(0, LATEST)) {
      for (const entry of this.#store.tracesIn(second)) yield this.#spans.decode(entry).traceId
      this.#since = second
    }
  }

  /** Units of traces that retention has taken since the last look. */
  #nextGone(): string | undefined {
    const { dropped } = this.#store.stats()
    if (!this.#gone && dropped > this.#dropped) {
      this.#dropped = dropped
      this.#gone = this.#unitsGone()
    }
    const next = this.#gone?.next()
    if (next?.done) this.#gone = undefined
    return next?.done ? undefined : next?.value
  }

  *#unitsGone(): Generator<string, void> {
    const hash = new KeyHash()
    for (const { traceId, hi, lo } of this.#table.ids()) {
      ;[hash.hi, hash.lo] = [hi, lo]
      if (this.#store.find(hash).length === 0) yield traceId
    }
  }
}
