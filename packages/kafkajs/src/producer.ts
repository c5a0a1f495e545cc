import { observe, send, wrapMethod, type SendOperation } from '@flowstitch/core'
import type {
  Message,
  Producer,
  ProducerBatch,
  ProducerRecord,
  RecordMetadata,
  TopicMessages,
  Transaction,
} from 'kafkajs'
import { carrier } from './carrier.ts'
import type { EndpointOf } from './endpoint.ts'
import { sentFacts, topicDestination, type KafkaKernel } from './message.ts'
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
    const call = (record: ProducerRecord): Promise<RecordMetadata[]> => original.call(sender, record)
    return (record) =>
      kernel.traces() && isTopicMessages(record) && kernel.traces(record.topic)
        ? sendRecord(production, record, call)
        : original.call(sender, record)
  })
  wrapMethod(sender, 'sendBatch', (original) => (batch) => {
    const topics = batch?.topicMessages
    if (!Array.isArray(topics) || !topics.every(isTopicMessages)) return original.call(sender, batch)
    if (!topics.every(({ topic }) => kernel.traces(topic))) return original.call(sender, batch)
    return sendTopics(production, batch, topics, (traced) => original.call(sender, traced))
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

function sendRecord(
  { kernel, endpoint, partitioning, log }: Production,
  record: ProducerRecord,
  call: (record: ProducerRecord) => Promise<RecordMetadata[]>,
): Promise<RecordMetadata[]> {
  const operation: SendOperation<Message> = {
    name: 'send',
    destination: topicDestination(record.topic),
    endpoint: endpoint(),
    batch: record.messages.length !== 1,
    messages: record.messages,
    carrier,
    facts: (message) => sentFacts(message, kernel.options),
  }
  let given = record
  return send(
    kernel,
    operation,
    (messages) => {
      given = { ...record, messages: messages as Message[] }
      if (messages.length > 1) partitioning?.watch(messages)
      log?.note(given)
      return call(given)
    },
    (answer) => outcomeOf([given], answer, partitioning),
  )
}

function sendTopics(
  { kernel, endpoint, partitioning, log }: Production,
  batch: ProducerBatch,
  topics: TopicMessages[],
  call: (batch: ProducerBatch) => Promise<RecordMetadata[]>,
): Promise<RecordMetadata[]> {
  const topicOf = topics.flatMap(({ topic, messages }) => messages.map(() => topic))
  const [only] = new Set(topicOf).size === 1 ? topicOf : []
  const operation: SendOperation<Message> = {
    name: 'send',
    destination: only === undefined ? undefined : topicDestination(only),
    endpoint: endpoint(),
    batch: true,
    messages: topics.flatMap(({ messages }) => messages),
    carrier,
    facts: (message, index) =>
      sentFacts(
        message,
        kernel.options,
        only === undefined ? topicDestination(topicOf[index] ?? '') : undefined,
      ),
  }
  let given = topics
  return send(
    kernel,
    operation,
    (messages) => {
      given = regroup(topics, messages)
      partitioning?.watch(messages)
      for (const topic of given) log?.note(topic)
      return call({ ...batch, topicMessages: given })
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
