import { EventEmitter, once } from 'node:events'
import type { LogEntry } from '../log.ts'

/** What the services say they did, order by order. */
export class Ledger {
  readonly #orders = new Map<number, LogEntry[]>()
  readonly #events = new EventEmitter().setMaxListeners(0)

  add(entry: LogEntry): void {
    if (entry.order === undefined) return
    const entries = this.#orders.get(entry.order) ?? []
    this.#orders.set(entry.order, entries)
    entries.push(entry)
    this.#events.emit('entry')
  }

  of(order: number): readonly LogEntry[] {
    return this.#orders.get(order) ?? []
  }

  /** Resolves once `matches` holds for an entry of the order. */
  async until(order: number, matches: (entry: LogEntry) => boolean, signal: AbortSignal): Promise<void> {
    while (!this.of(order).some(matches)) await once(this.#events, 'entry', { signal })
  }

  forget(order: number): void {
    this.#orders.delete(order)
  }
}
