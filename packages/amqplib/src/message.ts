import type { InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import * as rabbitmq from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { Publication } from './carrier.ts'

/** The options of all adapters; `onSend` gets what was published, `onProcess` the message of amqplib. */
export type AmqpOptions = InstrumentationOptions<Publication, Message>

/** What is known of a message before it is sent. */
export function sentFacts(
  { routingKey, content, options }: Publication,
  { captureBodySize = false }: AmqpOptions,
): MessageFacts {
  return rabbitmq.sentFacts(routingKey, options, captureBodySize ? content.length : undefined)
}

/** What is known of a message that came from a queue. */
export function receivedFacts(
  queue: string,
  { fields, properties, content }: Message,
  { captureBodySize = false }: AmqpOptions,
): MessageFacts {
  return rabbitmq.receivedFacts(queue, fields, properties, captureBodySize ? content.length : undefined)
}
