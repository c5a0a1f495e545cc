import type { TimeRange } from '../engine.ts'
import type { Message } from '../model.ts'
import type { DestinationReports, Topology } from '../reports.ts'
import type { StoredSpans } from '../stitch/stored-spans.ts'
import type { Store } from '../store/store.ts'
import { LossFacts } from '../totals/loss.ts'
import { placeOf } from '../totals/place.ts'
import { isMessageRow, type MessageRow } from '../totals/rows.ts'
import { Totals, type TotalsState } from '../totals/totals.ts'
import { DestinationCounts } from './destinations.ts'
import { topologyOf } from './topology.ts'

/** Times are milliseconds. */
export interface OverviewOptions {
  now: () => number
  lossGraceMs: number
  reportBudgetMs: number
}

/** From this age on, what verdicts on single messages rest on is read anew, while new spans come. */
const LOSS_MS = 2000
/** No verdict rests on anything older. */
const OLDEST_LOSS_MS = 10_000

/** What many messages come to, and what that says about each one that nobody got. */
export class Overview {
  readonly totals: Totals
  readonly #options: OverviewOptions
  #loss: LossFacts
  #lossVersion = 0
  #lossAt = -Infinity
  #refreshing: Promise<void> | undefined

  constructor(
    store: Store,
    newSpans: () => StoredSpans,
    visited: (traceId: string, spans: StoredSpans) => void,
    options: OverviewOptions,
    from?: TotalsState,
  ) {
    this.totals = new Totals(store, newSpans, visited, from)
    this.#options = options
    this.#loss = new LossFacts(options.lossGraceMs)
  }

  async topology(range: TimeRange): Promise<Topology> {
    await this.catchUp()
    return topologyOf(this.totals, range)
  }

  async destinations(): Promise<DestinationReports> {
    await this.catchUp()
    const { coverage } = this.totals
    await this.#readLoss()
    const counts = new DestinationCounts(this.totals.names, this.#loss, this.#now())
    await this.#eachMessage((row) => counts.add(row))
    return { destinations: counts.reports(), ...coverage }
  }

  /** Brings what `judge` knows up to date, if that is some time ago; waits for it only if that is long ago. */
  async refreshLoss(): Promise<void> {
    const age = performance.now() - this.#lossAt
    if (this.totals.version === this.#lossVersion || age < LOSS_MS) return
    this.#refreshing ??= this.#readLoss().finally(() => (this.#refreshing = undefined))
    if (age > OLDEST_LOSS_MS) await this.#refreshing
    // Whoever asks once it is too old hears of it: then it is read again.
    else this.#refreshing.catch(() => undefined)
  }

  /** Tells a message that nobody got: whether it waits, is lost, or can't be known about. */
  judge(message: Message): void {
    if (message.state !== 'in-flight') return
    const { log, position } = placeOf(message.coordinate)
    const { names } = this.totals
    const waiting = {
      system: names.numberOf(message.system),
      destination: names.numberOf(message.destination),
      log: names.numberOf(log),
      position,
      time: BigInt(message.sentTimeUnixNano ?? 0),
    }
    const { state, reasons } = this.#loss.verdictOfAll(waiting, this.#now())
    message.state = state
    message.reasons = reasons
  }

  close(): void {
    this.totals.close()
  }

  /** Takes in what has come, for a while. */
  catchUp(): Promise<void> {
    return this.totals.catchUp(performance.now() + this.#options.reportBudgetMs)
  }

  async #readLoss(): Promise<void> {
    const { version } = this.totals
    const loss = new LossFacts(this.#options.lossGraceMs)
    await this.#eachMessage((row) => loss.addRead(row))
    await this.#eachMessage((row) => loss.addMissed(row))
    this.#loss = loss
    this.#lossVersion = version
    this.#lossAt = performance.now()
  }

  async #eachMessage(visit: (row: MessageRow) => void): Promise<void> {
    await this.totals.read((row) => {
      if (isMessageRow(row)) visit(row)
    })
  }

  #now(): bigint {
    return BigInt(Math.round(this.#options.now())) * 1_000_000n
  }
}
