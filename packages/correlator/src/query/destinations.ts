import type { FlowMessage } from '../flow/messages.ts'
import type { DestinationReport, Message } from '../model.ts'
import { coordinateOf } from '../names/messaging.ts'
import { innermost } from '../flow/attempts.ts'

/** Adds up what became of the messages of each destination. */
export class DestinationCounts {
  readonly #reports = new Map<string, DestinationReport>()
  readonly #waiting: Message[] = []
  readonly #read = new Map<string, number>()

  add({ message, sender, attempts }: FlowMessage): void {
    const report = this.#reportOf(message)
    if (sender) report.sent++
    if (message.attempts.some((attempt) => attempt.number > 1)) report.retried++
    for (const attempt of attempts) this.#noteRead(coordinateOf(innermost(attempt).facts))
    if (message.state === 'in-flight') this.#waiting.push(message)
    else report[FIELDS[message.state]]++
  }

  /** Sorted by system and destination. */
  reports(): DestinationReport[] {
    for (const message of this.#waiting.splice(0)) this.#addWaiting(message)
    return [...this.#reports.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, report]) => report)
  }

  /**
   * A message that somebody has read past on its partition is not waiting any more. Whether it was lost or
   * only the telemetry of its consumer was, nothing here proves, so it is unknown.
   */
  #addWaiting(message: Message): void {
    const report = this.#reportOf(message)
    const [log, offset] = placeOf(message.coordinate)
    if (log !== undefined && offset < (this.#read.get(log) ?? -1)) {
      report.unknown++
      return
    }
    report.inFlight++
    const sent = message.sentTimeUnixNano
    const oldest = report.oldestInFlightUnixNano
    if (sent !== undefined && (oldest === undefined || BigInt(sent) < BigInt(oldest)))
      report.oldestInFlightUnixNano = sent
  }

  #noteRead(coordinate: string | undefined): void {
    const [log, offset] = placeOf(coordinate)
    if (log !== undefined) this.#read.set(log, Math.max(offset, this.#read.get(log) ?? -1))
  }

  #reportOf({ system, destination }: Message): DestinationReport {
    const key = `${system}/${destination}`
    let report = this.#reports.get(key)
    if (!report) {
      const counts = {
        sent: 0,
        processed: 0,
        failed: 0,
        inFlight: 0,
        retried: 0,
        deadLettered: 0,
        lost: 0,
        unknown: 0,
      }
      report = { system, destination, ...counts }
      this.#reports.set(key, report)
    }
    return report
  }
}

const FIELDS = {
  processed: 'processed',
  failed: 'failed',
  'dead-lettered': 'deadLettered',
  lost: 'lost',
  unknown: 'unknown',
} as const

/** A Kafka partition and the offset in it; other brokers' coordinates don't tell in which order they are read. */
function placeOf(coordinate: string | undefined): [string | undefined, number] {
  const match = coordinate?.startsWith('kafka/') && /^(.*)\/(\d+)$/.exec(coordinate)
  return match ? [match[1], Number(match[2])] : [undefined, 0]
}
