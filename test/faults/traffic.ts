import { setTimeout as delay } from 'node:timers/promises'
import type { StartedBroker } from '@flowstitch/brokers'
import { expect } from 'vitest'

/** What became of the messages that a client sent, and what it received, in order. */
export class Account {
  readonly sent = new Set<string>()
  readonly refused = new Map<string, unknown>()
  readonly received: string[] = []

  /** The kinds of the errors that sends ended with. */
  get errors(): Set<string> {
    return new Set([...this.refused.values()].map((error) => (error as Error).name))
  }

  /** Messages that the broker accepted and that have not come. */
  get missing(): string[] {
    const came = new Set(this.received)
    return [...this.sent].filter((id) => !came.has(id))
  }
}

/** A client that sends and consumes the whole time. */
export interface Traffic {
  readonly account: Account
  /** Ends the sending; what was begun is done. */
  stop(): Promise<void>
  /** Closes the client. */
  close(): Promise<void>
}

const SENDERS = 4
const PAUSE_AFTER_FAILURE_MS = 20

/** Sends one message after the other, some at a time, until told to stop. */
export function keepSending(account: Account, send: (id: string) => Promise<unknown>): () => Promise<void> {
  const stopping = new AbortController()
  const sender = async (name: number): Promise<void> => {
    for (let n = 0; !stopping.signal.aborted; n++) {
      const id = `${name}-${n}`
      try {
        await send(id)
        account.sent.add(id)
      } catch (error) {
        account.refused.set(id, error)
        await delay(PAUSE_AFTER_FAILURE_MS)
      }
    }
  }
  const senders = Array.from({ length: SENDERS }, (_, name) => sender(name))
  return async () => {
    stopping.abort()
    await Promise.all(senders)
  }
}

/** Consumes turn by turn, until told to stop. A turn that fails is followed by another, after a while. */
export function keepWorking(turn: () => Promise<void>): () => Promise<void> {
  const stopping = new AbortController()
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) await turn().catch(() => delay(PAUSE_AFTER_FAILURE_MS))
  }
  const working = work()
  return () => {
    stopping.abort()
    return working
  }
}

const PATIENT = { timeout: 40_000, interval: 20 }

/** Kills the broker in the middle of the traffic, starts it again, and lets the traffic come to its end. */
export async function killAndRestart(broker: StartedBroker, clients: readonly Traffic[]): Promise<void> {
  const accounts = clients.map(({ account }) => account)
  await expect.poll(() => Math.min(...accounts.map(({ sent }) => sent.size)), PATIENT).toBeGreaterThan(50)
  await expect.poll(() => Math.min(...accounts.map((it) => it.received.length)), PATIENT).toBeGreaterThan(20)
  await broker.kill()
  await expect.poll(() => Math.min(...accounts.map((it) => it.refused.size)), PATIENT).toBeGreaterThan(3)
  const before = accounts.map(({ sent }) => sent.size)
  await broker.restart()
  const since = (): number[] => accounts.map(({ sent }, index) => sent.size - (before[index] ?? 0))
  await expect.poll(() => Math.min(...since()), PATIENT).toBeGreaterThan(50)
  await Promise.all(clients.map((client) => client.stop()))
  await expect.poll(() => accounts.flatMap(({ missing }) => missing), PATIENT).toEqual([])
  await Promise.all(clients.map((client) => client.close()))
}
