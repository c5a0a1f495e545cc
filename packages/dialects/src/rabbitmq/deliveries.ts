import type { Destination, Processing } from '@flowstitch/core'

/** A delivery that has not been settled. */
export interface Delivery {
  readonly tag: number
  readonly destination: Destination
  /** Absent for what `get` has brought, until it is handled. */
  processing: Processing | undefined
  /** Whether its handler has returned and told nothing of its end: then the settlement is the end. */
  endsWhenSettled: boolean
}

/** The deliveries of a channel that have not been settled, by their tags, which grow from one to the next. */
export class Deliveries {
  readonly #open = new Map<number, Delivery>()

  add(delivery: Delivery): void {
    this.#open.set(delivery.tag, delivery)
  }

  get none(): boolean {
    return this.#open.size === 0
  }

  has(delivery: Delivery): boolean {
    return this.#open.get(delivery.tag) === delivery
  }

  /** What a settlement is about; `multiple` means all up to the tag, and all there are where it is 0. */
  settledBy(tag: number, multiple: boolean): Delivery[] {
    const delivery = this.#open.get(tag)
    if (!multiple) return delivery ? [delivery] : []
    const found: Delivery[] = []
    for (const open of this.#open.values()) {
      if (tag !== 0 && !(open.tag <= tag)) break
      found.push(open)
    }
    return found
  }

  /** The broker has been told of it. */
  settled(delivery: Delivery): void {
    this.#open.delete(delivery.tag)
    if (delivery.endsWhenSettled) delivery.processing?.succeed()
  }

  /** The channel is gone, and the broker will deliver them again. Handlers that are still at work go on. */
  lose(reason: unknown): void {
    for (const { processing, endsWhenSettled } of this.#open.values()) {
      processing?.settled('channel-closed')
      if (endsWhenSettled) processing?.fail(reason)
    }
    this.#open.clear()
  }
}
