import { setImmediate } from 'node:timers/promises'
import type { Scan } from '../decode/scan.ts'
import type { Coverage } from '../reports.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import type { Store } from '../store/store.ts'
import { Backlog, type BacklogState } from './backlog.ts'
import { writeUnit } from './describe.ts'
import { Names } from './names.ts'
import { Pace, TURN_MS } from './pace.ts'
import { RowTable, type TableWords } from './row-table.ts'
import { readRows, RowWriter, type CallRow, type MessageRow } from './rows.ts'
import { unitOf } from './unit.ts'

const SHARES = { busy: 0.05, idle: 0.5 }

/** All that is to be remembered over a restart. */
export interface TotalsState {
  names: readonly string[]
  /** Found and not counted yet. */
  units: readonly string[]
  table: TableWords
  backlog: BacklogState
}

/**
 * What all messages and calls come to, kept up to date as spans come. Each trace's part is worked out from
 * the spans that there are and put in the place of the one before, so that the totals, too, depend on the
 * set of spans alone. Ingest only notes which traces have news; what the store held before is taken in
 * newest first.
 */
export class Totals {
  readonly names: Names
  /** Grows with each change. */
  version = 0
  readonly #visited: (traceId: string, spans: StoredSpans) => void
  readonly #table: RowTable
  readonly #writer = new RowWriter()
  readonly #backlog: Backlog
  readonly #pace: Pace
  /** What is found and not counted yet, the next one last. */
  #units: string[]
  #readers = 0

  /**
   * @param visited hears of each trace with news, and of each one that was there before the start, once it is counted
   * @param from what `state` was before a restart
   */
  constructor(
    store: Store,
    newSpans: () => StoredSpans,
    visited: (traceId: string, spans: StoredSpans) => void,
    from?: TotalsState,
  ) {
    this.#visited = visited
    this.names = new Names(from?.names)
    this.#table = new RowTable(from?.table)
    this.#backlog = new Backlog(store, this.#table, newSpans, from?.backlog)
    this.#units = [...(from?.units ?? [])]
    this.#pace = new Pace((deadline) => this.#work(deadline), SHARES)
  }

  /** Notes the traces of a request. */
  note(scan: Scan): void {
    this.#backlog.note(scan)
  }

  get coverage(): Coverage {
    const { since } = this.#backlog
    const waiting = this.#backlog.waiting + this.#units.length
    const complete = since === undefined && waiting === 0 && !this.#backlog.isReplaying
    return {
      complete,
      ...(since !== undefined && { sinceUnixNano: (BigInt(since) * 1_000_000_000n).toString() }),
      ...(waiting > 0 && { waitingTraces: waiting }),
    }
  }

  /** Hands out what is to be remembered over a restart; it stays as it is until the answer resolves. */
  async save<T>(use: (state: TotalsState) => Promise<T>): Promise<T> {
    this.#readers++
    try {
      const backlog = this.#backlog.state
      return await use({
        names: this.names.texts,
        units: this.#units,
        table: this.#table.contents,
        backlog,
      })
    } finally {
      this.#readers--
    }
  }

  /**
   * Takes in what has come until nothing is left or the time is up. Gives way to others.
   * Rejects when the store can't be read.
   */
  catchUp(deadline: number): Promise<void> {
    return this.#pace.catchUp(deadline)
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
    this.#pace.stop()
  }

  /** Answers whether nothing is left to do. */
  #work(deadline: number): boolean {
    if (this.#readers > 0) return false
    do {
      const unit = this.#units.pop()
      if (unit !== undefined) this.#count(unit)
      else if (this.#backlog.isEmpty) return !this.#findMore(deadline)
      else this.#findMore(deadline)
    } while (performance.now() < deadline)
    return false
  }

  #count(traceId: string): void {
    const { spans } = this.#backlog
    this.#writer.words.clear()
    writeUnit(unitOf(traceId, spans), this.names, this.#writer)
    this.#table.replace(traceId, this.#writer.words)
    this.#visited(traceId, spans)
    this.version++
  }

  #findMore(deadline: number): boolean {
    this.#units = [...this.#backlog.next(deadline)].toReversed()
    return this.#units.length > 0
  }
}
