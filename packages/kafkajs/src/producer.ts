import { extended, guard, observe, send, wrapMethod } from '@flowstitch/core'
import {
  areSendable,
  inTopics,
  outcomeOf,
  sendOperation,
  TransactionLog,
  type ChosenPartitions,
} from '@flowstitch/dialects/kafka'
import type { Message, Producer, ProducerRecord, RecordMetadata, TopicMessages, Transaction } from 'kafkajs'
import type { EndpointOf } from './endpoint.ts'
import type { KafkaKernel } from './message.ts'
import { wrapTransaction } from './transaction.ts'

type Sender = Pick<Producer | Transaction, 'send' | 'sendBatch'>

/** What a producer and its transactions share. */
export interface Production {
  readonly kernel: KafkaKernel
  readonly endpoint: EndpointOf
  /** Undefined where nobody listens to its partitioner. */
  readonly chosen: ChosenPartitions | undefined
  /** What the transaction has sent that this is. */
  readonly log?: TransactionLog
}

/** Wraps a producer in place, and the transactions that it makes. */
export function wrapProducer(producer: Producer, production: Production): void {
  wrapSender(producer, production)
  const wrapMade = (transaction: Transaction): void => {
    const log = new TransactionLog()
    wrapSender(transaction, { ...production, log })
    wrapTransaction(transaction, production, log)
  }
  wrapMethod(producer, 'transaction', (original) => () => observe(() => original.call(producer), wrapMade))
}

function wrapSender(sender: Sender, production: Production): void {
  const { kernel } = production
  wrapMethod(sender, 'send', (original) => {
    const call = ([record]: TopicMessages[]): Promise<RecordMetadata[]> =>
      original.call(sender, record as ProducerRecord)
    return (record) =>
      kernel.traces() && isTraced(kernel, [record])
        ? sendTopics(production, [record], record.messages.length !== 1, call)
        : original.call(sender, record)
  })
  wrapMethod(sender, 'sendBatch', (original) => (batch) => {
    if (!kernel.traces()) return original.call(sender, batch)
    const topics = guard('reading what is sent', () => batch?.topicMessages, undefined)
    if (!Array.isArray(topics) || !isTraced(kernel, topics)) return original.call(sender, batch)
    return sendTopics(production, topics, true, (topicMessages) =>
      original.call(sender, extended(batch, { topicMessages })),
    )
  })
}

function isTraced(kernel: KafkaKernel, topics: readonly TopicMessages[]): boolean {
  return areSendable(topics) && topics.every(({ topic }) => kernel.traces(topic))
}

function sendTopics(
  { kernel, endpoint, chosen, log }: Production,
  topics: readonly TopicMessages[],
  batch: boolean,
  call: (topics: TopicMessages[]) => Promise<RecordMetadata[]>,
): Promise<RecordMetadata[]> {
  let given = topics
  return send(
    kernel,
    sendOperation<Message>(topics, batch, endpoint(), kernel.options),
    (messages) => {
      const traced = inTopics(topics, messages)
      given = traced
      if (messages.length > 1) chosen?.watch(messages)
      if (log) for (const topic of traced) log.note(topic)
      return call(traced)
    },
    (answer) => outcomeOf(given, answer, chosen),
  )
}
