import { extended, guard, type Endpoint, type SendOperation } from '@flowstitch/core'
import { headerCarrier } from './carrier.ts'
import type { Headers } from './headers.ts'
import { outgoingFacts, topicDestination, type OutgoingRecord, type RecordOptions } from './record.ts'

/** What of a call goes to one topic, in the words of the clients that take it so. */
export interface TopicRecords<R> {
  readonly topic: string
  readonly messages: readonly R[]
}

type SentRecord = OutgoingRecord & { readonly headers?: Headers }

/** A call that sends to one topic or several; `batch` says whether it may send several records. */
export function sendOperation<R extends SentRecord>(
  topics: readonly TopicRecords<R>[],
  batch: boolean,
  endpoint: Endpoint,
  options: RecordOptions,
): SendOperation<R> {
  const [first] = topics
  const shared = topics.every(({ topic }) => topic === first?.topic) ? first : undefined
  const topicOf = shared ? undefined : topics.flatMap(({ topic, messages }) => messages.map(() => topic))
  return {
    name: 'send',
    destination: shared && topicDestination(shared.topic),
    endpoint,
    batch,
    messages: topics.length === 1 && first ? first.messages : topics.flatMap(({ messages }) => messages),
    carrier: headerCarrier,
    facts: (record, index) =>
      outgoingFacts(record, options, topicOf && topicDestination(topicOf[index] ?? '')),
  }
}

/** Whether a client would take these: what it refuses goes to it as it is, so that the refusal is its own. */
export function areSendable(topics: readonly TopicRecords<OutgoingRecord>[]): boolean {
  return guard('reading what is sent', () => topics.every(isSendable), false)
}

function isSendable(records: TopicRecords<OutgoingRecord> | undefined): boolean {
  return (
    typeof records?.topic === 'string' &&
    Array.isArray(records.messages) &&
    records.messages.every((record: OutgoingRecord | null | undefined) => record?.value !== undefined)
  )
}

/** The same parts of the call, with other records in the place of theirs. */
export function inTopics<R, T extends TopicRecords<R>>(topics: readonly T[], records: readonly R[]): T[] {
  let from = 0
  return topics.map((topic) => {
    const messages = records.slice(from, (from += topic.messages.length))
    return extended(topic, { messages })
  })
}
