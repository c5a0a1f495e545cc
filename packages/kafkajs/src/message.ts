import type { InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import { incomingFacts, type TopicPartition } from '@flowstitch/dialects/kafka'
import type { KafkaMessage, Message } from 'kafkajs'

/** The options of all adapters; `onSend` gets the message of `send`, `onProcess` the message that came. */
export type KafkaOptions = InstrumentationOptions<Message, KafkaMessage>
export type KafkaKernel = Kernel<Message, KafkaMessage>

/** Bit 3 of the attributes of messages in the formats before Kafka 0.11: the timestamp is the broker's. */
const LOG_APPEND_TIME_BIT = 0x08
/** The same of a batch of records; kafkajs leaves it with each of them, and has no type for it. */
const LOG_APPEND_TIME = 1

/** What is known of a message that came from a partition. */
export function receivedFacts(
  place: TopicPartition,
  message: KafkaMessage,
  attemptOf: (offset: number) => number | undefined,
  options: KafkaOptions,
): MessageFacts {
  return incomingFacts(place, message, options, attemptOf(Number(message.offset)), hasBrokerTime(message))
}

function hasBrokerTime(
  message: KafkaMessage & { readonly batchContext?: { timestampType?: unknown } },
): boolean {
  const { attributes, batchContext } = message
  return batchContext?.timestampType === LOG_APPEND_TIME || (attributes & LOG_APPEND_TIME_BIT) !== 0
}
