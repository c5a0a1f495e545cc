import {
  observe,
  send,
  wrapMethod,
  type SendOperation,
  type MessageFacts,
  type SendOutcome,
} from '@flowstitch/core'
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
import { positionFacts, sentFacts, topicDestination, type KafkaKernel } from './message.ts'
import { traceSendOffsets } from './settlement.ts'

type Sender = Pick<Producer | Transaction, 'send' | 'sendBatch'>

/** Wraps a producer in place, and the transactions that it makes. */
export function wrapProducer(producer: Producer, kernel: KafkaKernel, endpoint: EndpointOf): void {
  wrapSender(producer, kernel, endpoint)
  wrapMethod(
    producer,
    'transaction',
    (original) => () =>
      observe(
        () => original.call(producer),
        (transaction) => {
          wrapSender(transaction, kernel, endpoint)
          traceSendOffsets(transaction, kernel, endpoint)
        },
        () => {},
      ),
  )
}

function wrapSender(sender: Sender, kernel: KafkaKernel, endpoint: EndpointOf): void {
  wrapMethod(sender, 'send', (original) => (record) => {
    if (!isTopicMessages(record) || !kernel.traces(record.topic)) return original.call(sender, record)
    return sendRecord(kernel, endpoint, record, (traced) => original.call(sender, traced))
  })
  wrapMethod(sender, 'sendBatch', (original) => (batch) => {
    const topics = batch?.topicMessages
    if (!Array.isArray(topics) || !topics.every(isTopicMessages)) return original.call(sender, batch)
    if (!topics.every(({ topic }) => kernel.traces(topic))) return original.call(sender, batch)
    return sendTopics(kernel, endpoint, batch, topics, (traced) => original.call(sender, traced))
  })
}

/** What kafkajs would refuse goes to it as it is, so that the refusal is its own. */
function isTopicMessages(record: TopicMessages | undefined): record is TopicMessages {
  return (
    typeof record?.topic === 'string' &&
    Array.isArray(record.messages) &&
    record.messages.every((message) => typeof message === 'object' && message !== null)
  )
}

function sendRecord(
  kernel: KafkaKernel,
  endpoint: EndpointOf,
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
  return send(
    kernel,
    operation,
    (messages) => call({ ...record, messages: [...messages] }),
    (answer) => outcomeOf([record], answer),
  )
}

function sendTopics(
  kernel: KafkaKernel,
  endpoint: EndpointOf,
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
  return send(
    kernel,
    operation,
    (messages) => call({ ...batch, topicMessages: regroup(topics, messages) }),
    (answer) => outcomeOf(topics, answer),
  )
}

function regroup(topics: readonly TopicMessages[], messages: readonly Message[]): TopicMessages[] {
  let from = 0
  return topics.map((topic) => ({
    ...topic,
    messages: messages.slice(from, (from += topic.messages.length)),
  }))
}

/**
 * kafkajs answers with each partition's first offset, not with each message's place. The places are known
 * where all messages of a topic went to one partition.
 */
function outcomeOf(topics: readonly TopicMessages[], answer: readonly RecordMetadata[]): SendOutcome {
  return {
    facts(index) {
      let within = index
      for (const { topic, messages } of topics) {
        if (within < messages.length) return placeOf(topics, topic, within, answer)
        within -= messages.length
      }
      return undefined
    },
  }
}

function placeOf(
  topics: readonly TopicMessages[],
  topic: string,
  index: number,
  answer: readonly RecordMetadata[],
): MessageFacts | undefined {
  const [place, ...others] =
    answer.length === 1 ? answer : answer.filter(({ topicName }) => topicName === topic)
  const repeated = topics.length > 1 && topics.filter((other) => other.topic === topic).length > 1
  const base = Number(place?.baseOffset ?? -1)
  if (!place || others.length > 0 || repeated || base < 0) return undefined
  return positionFacts(place.partition, base + index)
}
