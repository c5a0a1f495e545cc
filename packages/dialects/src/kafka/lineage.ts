import type { MessageFacts } from '@flowstitch/core'
import { textOf, type Headers } from './headers.ts'

/** What the headers of a republished message say of the one that it is a copy of. */
export interface Lineage {
  readonly deadLetter?: MessageFacts['deadLetter']
  /** The coordinate of the original. */
  readonly original?: string
  /** Which attempt this one is, over all retry topics. */
  readonly attempt?: number
}

/** Headers by which a republished message names its original. */
interface Convention {
  readonly topic: string
  readonly partition: string
  readonly offset: string
  readonly reason: string
  /** Present where topics for later attempts have the same headers as those for dead letters. */
  readonly attempts?: string
}

/** Kafka has no retries and no dead letters of its own: these are Spring's, Kafka Connect's, Spring's retry topics'. */
const CONVENTIONS: readonly Convention[] = [
  {
    topic: 'kafka_dlt-original-topic',
    partition: 'kafka_dlt-original-partition',
    offset: 'kafka_dlt-original-offset',
    reason: 'kafka_dlt-exception-fqcn',
  },
  {
    topic: '__connect.errors.topic',
    partition: '__connect.errors.partition',
    offset: '__connect.errors.offset',
    reason: '__connect.errors.exception.class.name',
  },
  {
    topic: 'kafka_original-topic',
    partition: 'kafka_original-partition',
    offset: 'kafka_original-offset',
    reason: 'kafka_exception-fqcn',
    attempts: 'retry_topic-attempts',
  },
]

/** How Spring names the last of a topic's retry topics. */
const DEAD_LETTER_TOPIC = /[-.]dlt$/i
const NONE: Lineage = {}

/** What the headers of a record from `topic` say of its original; nothing, where they tell of none. */
export function lineageOf(topic: string, headers: Headers | undefined): Lineage {
  if (!headers) return NONE
  for (const convention of CONVENTIONS) {
    const source = text(headers, convention.topic)
    if (source !== undefined && source !== topic) return lineageBy(convention, source, topic, headers)
  }
  return NONE
}

function lineageBy(convention: Convention, source: string, topic: string, headers: Headers): Lineage {
  const partition = integer(headers, convention.partition)
  const offset = integer(headers, convention.offset)
  const original =
    partition === undefined || offset === undefined ? undefined : `kafka/${source}/${partition}/${offset}`
  const attempt = convention.attempts && integer(headers, convention.attempts)
  if (attempt && !DEAD_LETTER_TOPIC.test(topic)) return { original, attempt }
  return { original, deadLetter: { source, reason: text(headers, convention.reason) } }
}

function text(headers: Headers, name: string): string | undefined {
  return textOf(lastOf(headers, name))
}

/** Spring writes numbers as the big-endian bytes of Java's, everybody else as text. */
function integer(headers: Headers, name: string): number | undefined {
  const value = lastOf(headers, name)
  const written = textOf(value)
  if (written !== undefined && /^\d{1,15}$/.test(written)) return Number(written)
  if (!Buffer.isBuffer(value) || value.length === 0 || value.length > 8) return undefined
  const number = Number(BigInt(`0x${value.toString('hex')}`))
  return Number.isSafeInteger(number) ? number : undefined
}

/** Of headers that pile up, the last one counts. */
function lastOf(headers: Headers, name: string): Buffer | string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.at(-1) : value
}
