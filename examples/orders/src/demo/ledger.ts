import { EventEmitter, once } from 'node:events'
import type { LogEntry } from '../log.ts'

/** What the services say they did, order by order. */
export class Ledger {
  readonly #orders = new Map<number, LogEntry[]>()
  readonly #ordersOfSteps = new Map<string, number>()
  readonly #events = new EventEmitter().setMaxListeners(0)

  add(entry: LogEntry): void {
    if (entry.order === undefined) return
    const entries = this.#orders.get(entry.order) ?? []
    this.#orders.set(entry.order, entries)
    entries.push(entry)
    this.#ordersOfSteps.set(stepOf(entry), entry.order)
    this.#events.emit('entry')
  }

  of(order: number): readonly LogEntry[] {
    return this.#orders.get(order) ?? []
  }

  /** The order that a service has reported a step for. */
  orderOf(step: string): number | undefined {
    return this.#ordersOfSteps.get(step)
  }

  /** Resolves once `matches` holds for an entry of the order. */
  async until(order: number, matches: (entry: LogEntry) => boolean, signal: AbortSignal): Promise<void> {
    while (!this.of(order).some(matches)) await once(this.#events, 'entry', { signal })
  }

  forget(order: number): void {
    for (const entry of this.of(order)) this.#ordersOfSteps.delete(stepOf(entry))
    this.#orders.delete(order)
  }
}

/** The step that an entry was written in, as `trace/span`. */
export function stepOf({ trace, span }: LogEntry): string {
  return `${trace}/${span}`
}
