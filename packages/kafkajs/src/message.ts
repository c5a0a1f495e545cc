import { isUtf8 } from 'node:buffer'
import type { Destination, InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import type { KafkaMessage, Message } from 'kafkajs'
import { deadLetterOf } from './dead-letter.ts'

/** The options of all adapters; `onSend` gets the message of `send`, `onProcess` the message that came. */
export type KafkaOptions = InstrumentationOptions<Message, KafkaMessage>
export type KafkaKernel = Kernel<Message, KafkaMessage>

/** Bit 3 of a record's attributes: the timestamp is the broker's, not the producer's. */
const LOG_APPEND_TIME = 0x08

export function topicDestination(topic: string): Destination {
  return { name: topic }
}

/** What is known of a message before it is sent. */
export function sentFacts(message: Message, options: KafkaOptions, destination?: Destination): MessageFacts {
  return {
    destination,
    partition: message.partition === undefined ? undefined : String(message.partition),
    key: keyOf(message, options),
    tombstone: message.value === null,
    bodySize: bodySizeOf(message, options),
  }
}

/** What is known of a message that came from a partition. */
export function receivedFacts(
  topic: string,
  partition: number,
  message: KafkaMessage,
  attemptOf: (offset: number) => number | undefined,
  options: KafkaOptions,
): MessageFacts {
  const offset = Number(message.offset)
  const timestamp = Number(message.timestamp)
  const byBroker = (message.attributes & LOG_APPEND_TIME) !== 0
  const known = timestamp > 0 ? timestamp : undefined
  return {
    partition: String(partition),
    offset,
    attempt: attemptOf(offset),
    deadLetter: deadLetterOf(topic, message),
    brokerTimeMs: byBroker ? known : undefined,
    sentTimeMs: byBroker ? undefined : known,
    key: keyOf(message, options),
    tombstone: message.value === null,
    bodySize: bodySizeOf(message, options),
  }
}

/** Where the broker has put a message: topic, partition and offset are its coordinate, and need no other name. */
export function positionFacts(partition: number, offset: number): MessageFacts {
  return { partition: String(partition), offset }
}

function keyOf({ key }: Pick<Message, 'key'>, { captureKey = true }: KafkaOptions): string | undefined {
  return captureKey ? keyText(key) : undefined
}

function bodySizeOf(
  { value }: Pick<Message, 'value'>,
  { captureBodySize }: KafkaOptions,
): number | undefined {
  return captureBodySize && value ? Buffer.byteLength(value) : undefined
}

/** Kafka conventions, `kafka.message.key`: absent for a null key and for one without an unambiguous text form. */
function keyText(key: Message['key']): string | undefined {
  if (key === null || key === undefined) return undefined
  if (typeof key === 'string') return key
  return isUtf8(key) ? key.toString() : undefined
}
