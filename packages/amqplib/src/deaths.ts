import type { MessageFacts } from '@flowstitch/core'

type Table = Readonly<Record<string, unknown>>

/** Why and how often a queue has dead-lettered a message: an entry of `x-death`, the latest first. */
interface Death {
  readonly queue: string
  readonly reason: string
  readonly count: number
  /** The time to live that the message itself had, in milliseconds. */
  readonly expiration: number | undefined
}

/** Deaths after a delivery; of the others the consumer has never known. */
const AFTER_DELIVERY = new Set(['rejected', 'delivery_limit'])

/**
 * What dead-lettering tells of a message that arrives in `queue`. A queue that has dead-lettered the message
 * before gets it back: a retry, whatever queue it has waited in. Else it has come to stay, as in a
 * dead-letter queue; unless it has just waited for as long as its own time to live, which is a delay.
 */
export function deathFacts(queue: string, headers: Table): Retries & MessageFacts {
  const deaths = deathsIn(headers)
  if (deaths.length === 0) return { retries: 0 }
  const own = deaths.filter((death) => death.queue === queue)
  if (own.length > 0) {
    const handled = own.filter(({ reason }) => AFTER_DELIVERY.has(reason))
    return { retries: handled.reduce((sum, { count }) => sum + count, 0) }
  }
  const delays = deaths.map(({ reason, expiration }) => (reason === 'expired' ? expiration : undefined))
  if (delays.every((delay) => delay !== undefined)) return { retries: 0, delayMs: delays[0] }
  const cause = deaths.find(({ reason }) => reason !== 'expired') ?? deaths[0]
  return { retries: 0, deadLetter: { source: cause?.queue, reason: cause?.reason } }
}

interface Retries {
  /** How many deliveries of earlier stays in the queue are known. */
  readonly retries: number
}

function deathsIn(headers: Table): Death[] {
  const entries = headers['x-death']
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: unknown): Death[] => {
    if (typeof entry !== 'object' || entry === null) return []
    const { queue, reason, count, 'original-expiration': expiration } = entry as Table
    if (typeof queue !== 'string' || typeof reason !== 'string') return []
    return [{ queue, reason, count: natural(count) ?? 1, expiration: natural(expiration) }]
  })
}

/** Headers are written by anybody: a count that is none, in digits or not, is no count. */
export function natural(value: unknown): number | undefined {
  const count = typeof value === 'string' && value !== '' ? Number(value) : value
  return Number.isSafeInteger(count) && (count as number) >= 0 ? (count as number) : undefined
}
