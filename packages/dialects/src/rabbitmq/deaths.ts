import type { MessageFacts } from '@flowstitch/core'
import { natural, textOf, timeOf, type Table } from './values.ts'

/** Why and how often a queue has dead-lettered a message: an entry of `x-death`, the latest first. */
interface Death {
  readonly queue: string
  readonly reason: string
  readonly count: number
  /** When it did so: RabbitMQ tells the second, and this is its end. */
  readonly untilMs: number | undefined
  /** The time to live that the message itself had, in milliseconds. */
  readonly expiration: number | undefined
}

/** Deaths after a delivery; of the others the consumer has never known. */
const AFTER_DELIVERY = new Set(['rejected', 'delivery_limit'])

/** What people call queues for what nobody could handle: how a word of the name begins. */
const FOR_DEAD_LETTERS =
  /(?:^|[^a-z])(?:dead(?!line)|dl[qtx](?![a-z])|error|fail(?!over)|poison|expired|parking)/i
const BETWEEN_WORDS = /(?<=[a-z\d])(?=[A-Z])/g

/**
 * What dead-lettering tells of a message that arrives in `queue`. A queue that has dead-lettered the message
 * before gets it back: a retry, whatever queue it has waited in. One that has only ever expired has just waited,
 * for its own time to live or its queue's: a delay, unless it ends in a queue that is named for dead letters.
 * Anything else has come to stay, as in a dead-letter queue.
 */
export function deathFacts(queue: string, headers: Table): Retries & MessageFacts {
  const deaths = deathsIn(headers)
  if (deaths.length === 0) return { retries: 0 }
  const own = deaths.filter((death) => death.queue === queue)
  if (own.length > 0) {
    const handled = own.filter(({ reason }) => AFTER_DELIVERY.has(reason))
    return { retries: handled.reduce((sum, { count }) => sum + count, 0) }
  }
  if (deaths.every(({ reason }) => reason === 'expired') && !isForDeadLetters(queue)) {
    const [latest] = deaths
    const delayMs = deaths.length === 1 ? latest?.expiration : undefined
    return { retries: 0, ...(delayMs === undefined ? { heldUntilMs: latest?.untilMs } : { delayMs }) }
  }
  const cause = deaths.find(({ reason }) => reason !== 'expired') ?? deaths[0]
  return { retries: 0, deadLetter: { source: cause?.queue, reason: cause?.reason } }
}

function isForDeadLetters(queue: string): boolean {
  return FOR_DEAD_LETTERS.test(queue.replace(BETWEEN_WORDS, '-'))
}

/** How often a message has been tried. */
export interface Retries {
  /** How many deliveries of earlier stays in the queue are known. */
  readonly retries: number
}

function deathsIn(headers: Table): Death[] {
  const entries = headers['x-death']
  return Array.isArray(entries) ? entries.map(deathIn).filter((death) => death !== undefined) : []
}

function deathIn(entry: unknown): Death | undefined {
  const told = (entry ?? {}) as Table
  const [queue, reason, second] = [textOf(told['queue']), textOf(told['reason']), timeOf(told['time'])]
  if (queue === undefined || reason === undefined) return undefined
  return {
    queue,
    reason,
    count: natural(told['count']) ?? 1,
    untilMs: second === undefined ? undefined : second + 999,
    expiration: natural(told['original-expiration']),
  }
}
