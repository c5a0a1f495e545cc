import type { LossReason, MessageState } from '../model.ts'
import type { ConsumerGroupReport, DestinationReport, MessageCounts } from '../reports.ts'
import { hasGot, isForNobody, type GroupFacts, type LossFacts, type Verdict } from '../totals/loss.ts'
import type { Names } from '../totals/names.ts'
import type { MessageRow } from '../totals/rows.ts'

/** Adds up what became of the messages of each destination, and of each group that reads it. */
export class DestinationCounts {
  readonly #names: Names
  readonly #loss: LossFacts
  readonly #now: bigint
  readonly #reports = new Map<
    string,
    { report: DestinationReport; groups: Map<number, ConsumerGroupReport> }
  >()

  constructor(names: Names, loss: LossFacts, now: bigint) {
    this.#names = names
    this.#loss = loss
    this.#now = now
  }

  add(row: MessageRow): void {
    const { report } = this.#reportOf(row)
    if (row.service !== 0) report.sent++
    if (row.attempts.some((attempt) => attempt.retry)) report.retried++
    const verdict: CountedVerdict =
      row.state === 'in-flight'
        ? this.#loss.verdictOfAll(row, this.#now)
        : { state: row.state, reasons: reasonsOf(row) }
    count(report, verdict, row)
    for (const facts of this.#loss.groupsOf(row)) this.#addToGroup(row, facts)
  }

  /** Sorted by system and destination. */
  reports(): DestinationReport[] {
    return [...this.#reports.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { report, groups }]) => ({
        ...inOrder(report),
        groups: [...groups.values()]
          .sort((a, b) => (a.consumerGroup < b.consumerGroup ? -1 : 1))
          .map((group) => inOrder(group)),
      }))
  }

  /** What a message is to a group: what its last attempt came to, or why it has none. */
  #addToGroup(row: MessageRow, facts: GroupFacts): void {
    if (isForNobody(row)) return
    const { group } = facts
    const verdict = hasGot(row, group) ? verdictIn(row, group) : this.#loss.verdict(row, facts, this.#now)
    if (!verdict) return
    const report = this.#groupOf(row, group)
    if (row.service !== 0) report.sent++
    if (row.attempts.some((attempt) => attempt.retry && attempt.group === group)) report.retried++
    count(report, verdict, row)
  }

  #reportOf(row: MessageRow): { report: DestinationReport; groups: Map<number, ConsumerGroupReport> } {
    const system = this.#names.textOf(row.system)!
    const destination = this.#names.textOf(row.destination)!
    const key = `${system}/${destination}`
    let found = this.#reports.get(key)
    if (!found) {
      found = { report: { system, destination, ...noCounts(), groups: [] }, groups: new Map() }
      this.#reports.set(key, found)
    }
    return found
  }

  #groupOf(row: MessageRow, group: number): ConsumerGroupReport {
    const { groups } = this.#reportOf(row)
    let report = groups.get(group)
    if (!report) {
      report = { consumerGroup: this.#names.textOf(group)!, ...noCounts() }
      groups.set(group, report)
    }
    return report
  }
}

type CountedVerdict = Omit<Verdict, 'state'> & { state: MessageState }

const FIELDS = {
  processed: 'processed',
  failed: 'failed',
  'in-flight': 'inFlight',
  'dead-lettered': 'deadLettered',
  lost: 'lost',
  unknown: 'unknown',
} as const

function noCounts(): MessageCounts {
  return {
    sent: 0,
    processed: 0,
    failed: 0,
    inFlight: 0,
    retried: 0,
    deadLettered: 0,
    lost: 0,
    unknown: 0,
    reasons: {},
  }
}

function count(
  counts: MessageCounts,
  { state, reasons }: CountedVerdict,
  { service, time }: MessageRow,
): void {
  counts[FIELDS[state]]++
  for (const reason of reasons) counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1
  if (state !== 'in-flight' || service === 0) return
  const oldest = counts.oldestInFlightUnixNano
  if (oldest === undefined || time < BigInt(oldest)) counts.oldestInFlightUnixNano = time.toString()
}

/** Reasons by name, as nothing of an answer may depend on which message was counted first. */
function inOrder<T extends MessageCounts>(counts: T): T {
  const reasons = Object.entries(counts.reasons).sort(([a], [b]) => (a < b ? -1 : 1))
  return { ...counts, reasons: Object.fromEntries(reasons) }
}

function reasonsOf({ state, duplicate, aborted }: MessageRow): LossReason[] {
  if (state !== 'unknown') return []
  if (aborted) return ['aborted']
  return [duplicate ? 'duplicate' : 'outcome-not-reported']
}

/** What the last attempt of the group came to; where that failed, a dead letter is how the message went on. */
function verdictIn(row: MessageRow, group: number): CountedVerdict {
  const { outcome } = row.attempts.findLast((attempt) => attempt.group === group)!
  if (outcome === 'succeeded') return { state: 'processed', reasons: [] }
  if (outcome !== 'failed' && outcome !== 'settled-negatively')
    return { state: 'unknown', reasons: ['outcome-not-reported'] }
  const isDead = row.attempts.some((attempt) => attempt.deadLetter)
  return { state: isDead ? 'dead-lettered' : 'failed', reasons: [] }
}
