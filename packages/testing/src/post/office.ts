/** What is sent. */
export interface Letter {
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A letter in an inbox: its number there, from 1, and how often it has been delivered. */
export interface Delivery {
  readonly letter: Letter
  readonly number: number
  readonly attempt: number
}

type Handler = (delivery: Delivery) => unknown

interface Inbox {
  readonly waiting: Delivery[]
  sent: number
  handler: Handler | undefined
}

/** A broker in memory, for tests that need none, and for `docs/adapters.md`. A failed letter comes again, once. */
export class PostOffice {
  readonly #inboxes = new Map<string, Inbox>()

  async send(inbox: string, letter: Letter): Promise<{ number: number }> {
    const [number = 0] = this.#put(inbox, [letter])
    return { number }
  }

  /** Answers the letters' numbers. */
  async sendAll(inbox: string, letters: readonly Letter[]): Promise<number[]> {
    return this.#put(inbox, letters)
  }

  /** Hands every letter of an inbox to the handler, those that wait already included. */
  subscribe(inbox: string, handler: Handler): void {
    const box = this.#inbox(inbox)
    box.handler = handler
    setImmediate(() => this.#deliver(box))
  }

  unsubscribe(inbox: string): void {
    this.#inbox(inbox).handler = undefined
  }

  /** Takes the letters that wait. */
  async fetch(inbox: string): Promise<Delivery[]> {
    return this.#inbox(inbox).waiting.splice(0)
  }

  #put(inbox: string, letters: readonly Letter[]): number[] {
    if (inbox === '') throw new RangeError('an inbox has a name')
    const box = this.#inbox(inbox)
    const deliveries = letters.map((letter) => ({ letter, number: ++box.sent, attempt: 1 }))
    box.waiting.push(...deliveries)
    setImmediate(() => this.#deliver(box))
    return deliveries.map(({ number }) => number)
  }

  #deliver(box: Inbox): void {
    if (!box.handler) return
    for (const delivery of box.waiting.splice(0)) void this.#handle(box, box.handler, delivery)
  }

  async #handle(box: Inbox, handler: Handler, delivery: Delivery): Promise<void> {
    try {
      await handler(delivery)
    } catch {
      if (delivery.attempt > 1) return
      box.waiting.push({ ...delivery, attempt: delivery.attempt + 1 })
      setImmediate(() => this.#deliver(box))
    }
  }

  #inbox(name: string): Inbox {
    const inbox = this.#inboxes.get(name) ?? { waiting: [], sent: 0, handler: undefined }
    this.#inboxes.set(name, inbox)
    return inbox
  }
}
