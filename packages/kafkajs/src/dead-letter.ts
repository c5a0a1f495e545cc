import type { MessageFacts } from '@flowstitch/core'
import type { KafkaMessage } from 'kafkajs'

/** Kafka has no dead letters of its own; these are the headers of Spring's and of Kafka Connect's. */
const CONVENTIONS = [
  { source: 'kafka_dlt-original-topic', reason: 'kafka_dlt-exception-fqcn' },
  { source: '__connect.errors.topic', reason: '__connect.errors.exception.class.name' },
] as const

/** Where a message has failed before, if its headers say that it comes out of a dead-letter topic. */
export function deadLetterOf(topic: string, message: KafkaMessage): MessageFacts['deadLetter'] {
  if (!message.headers) return undefined
  for (const names of CONVENTIONS) {
    const source = text(message, names.source)
    if (source !== undefined && source !== topic) return { source, reason: text(message, names.reason) }
  }
  return undefined
}

function text({ headers }: KafkaMessage, name: string): string | undefined {
  const value = headers?.[name]
  const last = Array.isArray(value) ? value.at(-1) : value
  return last === undefined ? undefined : String(last)
}
