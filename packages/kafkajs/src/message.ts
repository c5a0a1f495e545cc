import { isUtf8 } from 'node:buffer'
import type { Destination, InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import { lineageOf } from '@flowstitch/dialects/kafka'
import type { KafkaMessage, Message } from 'kafkajs'

/** The options of all adapters; `onSend` gets the message of `send`, `onProcess` the message that came. */
export type KafkaOptions = InstrumentationOptions<Message, KafkaMessage>
export type KafkaKernel = Kernel<Message, KafkaMessage>

/** Bit 3 of the attributes of messages in the formats before Kafka 0.11: the timestamp is the broker's. */
const LOG_APPEND_TIME_BIT = 0x08
/** The same of a batch of records; kafkajs leaves it with each of them, and has no type for it. */
const LOG_APPEND_TIME = 1

/** What a decoder puts in the place of bytes that are no text. */
const REPLACED = '\ufffd'

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
  const byBroker = hasBrokerTime(message)
  const known = timestamp > 0 ? timestamp : undefined
  const { deadLetter, original, attempt = 1 } = lineageOf(topic, message.headers)
  const again = attemptOf(offset)
  return {
    partition: String(partition),
    offset,
    // A retry topic counts from the original on, and we count what comes again from one topic.
    attempt: attempt > 1 ? attempt + (again ?? 1) - 1 : again,
    deadLetter,
    original,
    brokerTimeMs: byBroker ? known : undefined,
    sentTimeMs: byBroker ? undefined : known,
    key: keyOf(message, options),
    tombstone: message.value === null,
    bodySize: bodySizeOf(message, options),
  }
}

function hasBrokerTime(
  message: KafkaMessage & { readonly batchContext?: { timestampType?: unknown } },
): boolean {
  const { attributes, batchContext } = message
  return batchContext?.timestampType === LOG_APPEND_TIME || (attributes & LOG_APPEND_TIME_BIT) !== 0
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
  const text = key.toString()
  // To look through the bytes takes as long as to decode them: only where something was replaced.
  return text.includes(REPLACED) && !isUtf8(key) ? undefined : text
}
