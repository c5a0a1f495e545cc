import { SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import { KEY_TRACE, KeyHash } from '../store/hash.ts'
import type { Store } from '../store/store.ts'
import { affectedBy } from './affected.ts'
import { News } from './news.ts'
import type { RowTable } from './row-table.ts'

/** About as many units are found with one look at the store, which remembers all spans that it took to find them. */
const CHUNK = 256
const LATEST = 0xffffffff

/** How far counting has come. Sequences are those of the store. */
export interface BacklogState {
  /** The first request that was there, */
  start: number
  /** and the one from which on none was looked at. */
  end: number
  /** Hashes of traces with news, as pairs of numbers. */
  news: Uint32Array
  /** The second from which on everything older than the start is counted; undefined if it all is. */
  since?: number
  /** Whether something is to be forgotten. */
  isGoing: boolean
}

/** Which units are to be counted next: those with news first, then those of before the start, newest first. */
export class Backlog {
  readonly #store: Store
  readonly #table: RowTable
  readonly #news = new News()
  readonly #hash = new KeyHash()
  /** Traces of before the start, until all are in. */
  #before: Iterator<string, void> | undefined
  #since: number
  /** Requests that came after what is counted was saved, until all are noted. */
  #replay: { from: number; requests: Iterator<Scan> } | undefined
  #gone: Iterator<string, void> | undefined
  #dropped = 0
  readonly #newSpans: () => StoredSpans
  #spans: StoredSpans
  /** Units that were found with these spans. */
  #found = 0
  /** What retention had taken before them. */
  #droppedBefore = 0

  constructor(store: Store, table: RowTable, newSpans: () => StoredSpans, from?: BacklogState) {
    this.#store = store
    this.#table = table
    this.#newSpans = newSpans
    this.#spans = newSpans()
    if (from && from.end < store.checkpoints!.end)
      this.#replay = { from: from.end, requests: this.#requestsFrom(from.end) }
    if (from) this.#news.noteAll(from.news)
    this.#since = from?.since ?? LATEST
    const isBehind = from ? from.since !== undefined : store.stats().spans > 0
    this.#before = isBehind ? this.#tracesBefore() : undefined
    // What retention has taken meanwhile has to go.
    if (from && (from.isGoing || from.start < store.checkpoints!.start)) this.#dropped = -1
  }

  /** What is to be remembered to go on from here. */
  get state(): BacklogState {
    const { start, end } = this.#store.checkpoints!
    const news = this.#news.waiting()
    return {
      start,
      end: this.#replay?.from ?? end,
      news: news.items.subarray(0, news.length),
      ...(this.#before && { since: this.#since }),
      isGoing: this.#gone !== undefined || this.#store.stats().dropped > this.#dropped,
    }
  }

  /** Notes the traces of a request. */
  note({ spans: { items, length } }: Scan): void {
    let [hi, lo] = [0, 0]
    for (let at = 0; at < length; at += SPAN_SLOTS) {
      if (items[at] === hi && items[at + 1] === lo) continue
      hi = items[at]!
      lo = items[at + 1]!
      this.#news.note(hi, lo)
    }
  }

  /** Traces with news. */
  get waiting(): number {
    return this.#news.size
  }

  /** The second from which on all traces of before the start have been taken in; undefined if all have. */
  get since(): number | undefined {
    return this.#before && this.#since
  }

  /** Whether there are requests that nobody has looked at since the start. */
  get isReplaying(): boolean {
    return this.#replay !== undefined
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && !this.isReplaying && this.#before === undefined && this.#gone === undefined
  }

  /** The spans to count with what was found last. */
  get spans(): StoredSpans {
    return this.#spans
  }

  /** Some units to count; stops looking for more at the deadline. */
  next(deadline: number): Set<string> {
    this.#renew()
    const units = new Set<string>()
    while (this.#found + units.size < CHUNK && performance.now() < deadline) {
      const noted = this.#news.next()
      if (noted) this.#addNews(noted, units)
      else if (this.#replay) this.#replayNext(this.#replay)
      else if (this.#before) this.#addBefore(units)
      else if (!this.#addGone(units)) break
    }
    this.#found += units.size
    return units
  }

  /**
   * Looks at the store anew, but no more often than it must: what many spans share has to be read again then.
   * News that came since are not handed over with spans that may not know them.
   */
  #renew(): void {
    const { dropped } = this.#store.stats()
    if (this.#found < CHUNK && dropped === this.#droppedBefore && !this.#news.isOver) return
    this.#spans = this.#newSpans()
    this.#found = 0
    this.#droppedBefore = dropped
    this.#news.handOver()
  }

  /**
   * The units that the news of a trace touch. Where the traces of these have news too, they are taken along:
   * so a flow that came in parts is read and counted once, and not once a part.
   */
  #addNews([hi, lo]: [number, number], units: Set<string>): void {
    ;[this.#hash.hi, this.#hash.lo] = [hi, lo]
    const traceIds = new Set(
      this.#store.find(this.#hash).map((location) => this.#spans.decode(location).traceId),
    )
    for (const traceId of traceIds) {
      for (const unit of affectedBy(traceId, this.#spans)) {
        units.add(unit)
        if (units.size < CHUNK && this.#takeNews(unit)) traceIds.add(unit)
      }
      for (const linkers of this.#spans.linkersOf(traceId).values())
        for (const linker of linkers)
          if (units.size < CHUNK && this.#takeNews(linker.traceId)) traceIds.add(linker.traceId)
    }
  }

  #takeNews(traceId: string): boolean {
    const id = Buffer.from(traceId, 'hex')
    this.#hash.bytes(KEY_TRACE, id, 0, id.length)
    return this.#news.take(this.#hash.hi, this.#hash.lo)
  }

  #replayNext({ requests }: { requests: Iterator<Scan> }): void {
    const next = requests.next()
    if (next.done) this.#replay = undefined
    else this.note(next.value)
  }

  #requestsFrom(sequence: number): Iterator<Scan> {
    return this.#store.checkpoints!.requestsFrom(sequence)[Symbol.iterator]()
  }

  #addBefore(units: Set<string>): void {
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
    for (const second of this.#store.seconds(0, this.#since)) {
      for (const entry of this.#store.tracesIn(second)) yield this.#spans.decode(entry).traceId
      this.#since = second
    }
  }

  /** Units of traces that retention has taken since the last look; answers whether there may be more. */
  #addGone(units: Set<string>): boolean {
    const { dropped } = this.#store.stats()
    if (!this.#gone && dropped > this.#dropped) {
      this.#dropped = dropped
      this.#gone = this.#unitsGone()
    }
    const next = this.#gone?.next()
    if (next && !next.done) units.add(next.value)
    else this.#gone = undefined
    return this.#gone !== undefined
  }

  *#unitsGone(): Generator<string, void> {
    const hash = new KeyHash()
    for (const { traceId, hi, lo } of this.#table.ids()) {
      ;[hash.hi, hash.lo] = [hi, lo]
      if (this.#store.find(hash).length === 0) yield traceId
    }
  }
}
