import type { LossReason } from '../model.ts'
import type { MessageRow } from './rows.ts'

/** A group that misses more than this share of what it has read past reports too little to call any of it lost. */
const MOST_GAPS = 0.1

/** What is known of one group that reads a destination. */
export interface GroupFacts {
  group: number
  named: boolean
  sampled: boolean
  got: number
  /** Messages that the group has read past without a trace of them. */
  missed: number
  /** The first and the last place in each log that the group got something from. */
  read: Map<number, { first: number; last: number }>
}

/** What became of a message that a group has not got, and why that is said. */
export interface Verdict {
  state: 'in-flight' | 'lost' | 'unknown'
  reasons: LossReason[]
}

/** Whether no group is to get it, so that none can lose it. */
export function isForNobody({ sendFailed, duplicate, aborted }: MessageRow): boolean {
  return sendFailed || duplicate || aborted
}

/** What a verdict needs of a message. */
export type WaitingMessage = Pick<MessageRow, 'system' | 'destination' | 'log' | 'position' | 'time'>

/**
 * Tells a lost message from lost telemetry and from one that waits. A message is lost only where the broker
 * took it, the group has read past it long enough ago for its telemetry to have come, and the group's
 * telemetry is whole otherwise. Everything else is in flight or unknown.
 */
export class LossFacts {
  readonly #groups = new Map<string, Map<number, GroupFacts>>()
  readonly #graceNanos: bigint

  constructor(graceMs: number) {
    this.#graceNanos = BigInt(graceMs) * 1_000_000n
  }

  /** First, with every message: who reads what, and how far. */
  addRead(row: MessageRow): void {
    for (const { group, named, direct, sampled } of row.attempts) {
      if (!direct) continue
      const facts = this.#factsOf(row, group)
      facts.named ||= named
      facts.sampled ||= sampled
      facts.got++
      if (row.log !== 0) noteRead(facts, row)
    }
  }

  /** Then, with every message: what the groups have read past. */
  addMissed(row: MessageRow): void {
    if (isForNobody(row)) return
    for (const facts of this.groupsOf(row)) {
      const read = facts.read.get(row.log)
      if (read && row.position > read.first && row.position < read.last && !hasGot(row, facts.group))
        facts.missed++
    }
  }

  /** The groups that read the destination: those with a name, or, if none has one, those that its queues name. */
  groupsOf({ system, destination }: Pick<MessageRow, 'system' | 'destination'>): GroupFacts[] {
    const all = [...(this.#groups.get(`${system}/${destination}`)?.values() ?? [])]
    const named = all.filter((facts) => facts.named)
    return named.length > 0 ? named : all
  }

  /** Undefined where the message is none of the group's: it had begun to read later in the log. */
  verdict(message: WaitingMessage, facts: GroupFacts, now: bigint): Verdict | undefined {
    const read = facts.read.get(message.log)
    if (read && message.position < read.first) return undefined
    if (!read || message.position > read.last) return { state: 'in-flight', reasons: ['not-read-yet'] }
    if (now - message.time < this.#graceNanos)
      return { state: 'in-flight', reasons: ['read-past', 'telemetry-may-come'] }
    if (facts.sampled) return { state: 'unknown', reasons: ['read-past', 'consumer-sampled'] }
    if (facts.missed > (facts.missed + facts.got) * MOST_GAPS)
      return { state: 'unknown', reasons: ['read-past', 'consumer-telemetry-gaps'] }
    return { state: 'lost', reasons: ['acknowledged', 'read-past', 'consumer-telemetry-whole'] }
  }

  /** Of a message that no group got: lost if a group lost it, and waiting as long as any group may get it. */
  verdictOfAll(message: WaitingMessage, now: bigint): Verdict {
    const groups = this.groupsOf(message)
    if (groups.length === 0) return { state: 'in-flight', reasons: ['no-consumer-telemetry'] }
    const verdicts = groups.flatMap((facts) => this.verdict(message, facts, now) ?? [])
    return (
      verdicts.find(({ state }) => state === 'lost') ??
      verdicts.find(({ state }) => state === 'in-flight') ??
      verdicts[0] ?? { state: 'unknown', reasons: ['before-first-read'] }
    )
  }

  #factsOf({ system, destination }: MessageRow, group: number): GroupFacts {
    const key = `${system}/${destination}`
    let groups = this.#groups.get(key)
    if (!groups) this.#groups.set(key, (groups = new Map()))
    let facts = groups.get(group)
    if (!facts) {
      facts = { group, named: false, sampled: false, got: 0, missed: 0, read: new Map() }
      groups.set(group, facts)
    }
    return facts
  }
}

export function hasGot(row: MessageRow, group: number): boolean {
  return row.attempts.some((attempt) => attempt.direct && attempt.group === group)
}

function noteRead({ read }: GroupFacts, { log, position }: MessageRow): void {
  const known = read.get(log)
  if (!known) read.set(log, { first: position, last: position })
  else {
    known.first = Math.min(known.first, position)
    known.last = Math.max(known.last, position)
  }
}
