import { observe, send, wrapMethod, type SendOperation } from '@flowstitch/core'
import type { Message, Producer, ProducerRecord, RecordMetadata, TopicMessages, Transaction } from 'kafkajs'
import { outgoingFacts, topicDestination } from '@flowstitch/dialects/kafka'
import { carrier } from './carrier.ts'
import type { EndpointOf } from './endpoint.ts'
import type { KafkaKernel } from './message.ts'
import type { Partitioning } from './partitioning.ts'
import { outcomeOf } from './places.ts'
import { traceSendOffsets } from './settlement.ts'
import { traceOutcome, TransactionLog } from './transaction.ts'

type Sender = Pick<Producer | Transaction, 'send' | 'sendBatch'>

/** What a producer and its transactions share. */
export interface Production {
  readonly kernel: KafkaKernel
  readonly endpoint: EndpointOf
  /** Undefined where nobody listens to its partitioner. */
  readonly partitioning: Partitioning | undefined
  /** What the transaction has sent that this is. */
  readonly log?: TransactionLog
}

/** Wraps a producer in place, and the transactions that it makes. */
export function wrapProducer(producer: Producer, production: Production): void {
  wrapSender(producer, production)
  wrapMethod(
    producer,
    'transaction',
    (original) => () =>
      observe(
        () => original.call(producer),
        (transaction) => {
          const log = new TransactionLog()
          wrapSender(transaction, { ...production, log })
          traceSendOffsets(transaction, production.kernel, production.endpoint)
          traceOutcome(transaction, production, log)
        },
      ),
  )
}

function wrapSender(sender: Sender, production: Production): void {
  const { kernel } = production
  wrapMethod(sender, 'send', (original) => {
    const call = ([record]: TopicMessages[]): Promise<RecordMetadata[]> =>
      original.call(sender, record as ProducerRecord)
    return (record) =>
      kernel.traces() && isTopicMessages(record) && kernel.traces(record.topic)
        ? sendTopics(production, [record], record.messages.length !== 1, call)
        : original.call(sender, record)
  })
  wrapMethod(sender, 'sendBatch', (original) => (batch) => {
    const topics = batch?.topicMessages
    if (!Array.isArray(topics) || !topics.every(isTopicMessages)) return original.call(sender, batch)
    if (!topics.every(({ topic }) => kernel.traces(topic))) return original.call(sender, batch)
    return sendTopics(production, topics, true, (topicMessages) =>
      original.call(sender, { ...batch, topicMessages }),
    )
  })
}

/** What kafkajs would refuse goes to it as it is, so that the refusal is its own. */
function isTopicMessages(record: TopicMessages | undefined): record is TopicMessages {
  return (
    typeof record?.topic === 'string' &&
    Array.isArray(record.messages) &&
    record.messages.every((message) => message?.value !== undefined)
  )
}

function sendTopics(
  { kernel, endpoint, partitioning, log }: Production,
  topics: readonly TopicMessages[],
  batch: boolean,
  call: (topics: TopicMessages[]) => Promise<RecordMetadata[]>,
): Promise<RecordMetadata[]> {
  const [first] = topics
  const shared = topics.every(({ topic }) => topic === first?.topic) ? first : undefined
  const topicOf = shared ? [] : topics.flatMap(({ topic, messages }) => messages.map(() => topic))
  const operation: SendOperation<Message> = {
    name: 'send',
    destination: shared && topicDestination(shared.topic),
    endpoint: endpoint(),
    batch,
    messages: topics.length === 1 && first ? first.messages : topics.flatMap(({ messages }) => messages),
    carrier,
    facts: (message, index) =>
      outgoingFacts(message, kernel.options, shared ? undefined : topicDestination(topicOf[index] ?? '')),
  }
  let given = topics
  return send(
    kernel,
    operation,
    (messages) => {
      const traced = regroup(topics, messages)
      given = traced
      if (messages.length > 1) partitioning?.watch(messages)
      if (log) for (const topic of traced) log.note(topic)
      return call(traced)
    },
    (answer) => outcomeOf(given, answer, partitioning),
  )
}

function regroup(topics: readonly TopicMessages[], messages: readonly Message[]): TopicMessages[] {
  let from = 0
  return topics.map((topic) => ({
    ...topic,
    messages: messages.slice(from, (from += topic.messages.length)),
  }))
}
