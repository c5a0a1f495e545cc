import { isUtf8 } from 'node:buffer'
import type { Destination, InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import type { Headers } from './headers.ts'
import { lineageOf } from './lineage.ts'

/** What a record's key and value are made of. */
type Bytes = Buffer | string | null | undefined

/** Which of the options say what to tell of a record. */
export type RecordOptions = Pick<InstrumentationOptions, 'captureKey' | 'captureBodySize'>

/** A record that is about to be sent. */
export interface OutgoingRecord {
  /** Where its sender has chosen one. */
  readonly partition?: number | undefined
  readonly key?: Bytes
  /** Null makes a tombstone, by which compaction removes what has the same key. */
  readonly value?: Bytes
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A record that came, whichever client or event source brought it. */
export interface IncomingRecord {
  readonly offset: number | string
  /** Milliseconds since the epoch; not above 0 where it has none. */
  readonly timestamp?: number | string | undefined
  readonly key?: Bytes
  readonly value?: Bytes
  readonly headers?: Headers | undefined
  /** How key and value are written, where they are texts that stand for bytes. */
  readonly encoding?: 'base64' | undefined
}

/** What a decoder puts in the place of bytes that are no text. */
const REPLACED = '\ufffd'

/** A topic as a destination. */
export function topicDestination(topic: string): Destination {
  return { name: topic }
}

/** Where the broker has put a record: topic, partition and offset are its coordinate, and need no other name. */
export function positionFacts(partition: number, offset: number): MessageFacts {
  return { partition: String(partition), offset }
}

/** What is known of a record before it is sent; `destination` where the call has several. */
export function outgoingFacts(
  record: OutgoingRecord,
  options: RecordOptions,
  destination?: Destination,
): MessageFacts {
  const { partition, key, value } = record
  return {
    destination,
    partition: partition === undefined ? undefined : String(partition),
    key: keyOf(key, options),
    tombstone: isNone(value),
    bodySize: bodySizeOf(value, options),
  }
}

/**
 * What is known of a record that came, its history in retry and dead-letter topics included. `attempt` is which
 * delivery of it this is, as far as the client knows: Kafka does not count. `byBroker` says whether its timestamp
 * is the broker's (`LogAppendTime`), and not its producer's (`CreateTime`).
 */
export function incomingFacts(
  { topic, partition }: TopicPartition,
  record: IncomingRecord,
  options: RecordOptions,
  attempt: number | undefined,
  byBroker: boolean,
): MessageFacts {
  const { key, value, headers, encoding } = record
  const { deadLetter, original, attempt: told = 1 } = lineageOf(topic, headers)
  const timestamp = Number(record.timestamp)
  const timeMs = timestamp > 0 ? timestamp : undefined
  return {
    partition: String(partition),
    offset: Number(record.offset),
    // A retry topic counts from the original on, and the client counts what comes again from one topic.
    attempt: told > 1 ? told + (attempt ?? 1) - 1 : attempt,
    deadLetter,
    original,
    brokerTimeMs: byBroker ? timeMs : undefined,
    sentTimeMs: byBroker ? undefined : timeMs,
    key: keyOf(key, options, encoding),
    tombstone: isNone(value),
    bodySize: bodySizeOf(value, options, encoding),
  }
}

function isNone(bytes: Bytes): bytes is null | undefined {
  return bytes === null || bytes === undefined
}

/** Kafka conventions, `kafka.message.key`: absent for a null key and for one without an unambiguous text form. */
function keyOf(
  key: Bytes,
  { captureKey = true }: RecordOptions,
  encoding?: BufferEncoding,
): string | undefined {
  if (!captureKey || isNone(key)) return undefined
  if (typeof key !== 'string') return textOf(key)
  return encoding ? textOf(Buffer.from(key, encoding)) : key
}

/** To look through the bytes takes as long as to decode them: only where something was replaced. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString()
  return text.includes(REPLACED) && !isUtf8(bytes) ? undefined : text
}

function bodySizeOf(
  value: Bytes,
  { captureBodySize }: RecordOptions,
  encoding?: BufferEncoding,
): number | undefined {
  return captureBodySize && value ? Buffer.byteLength(value, encoding) : undefined
}
