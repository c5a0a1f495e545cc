import type { InstrumentationOptions } from '@flowstitch/core'
import { RabbitKernel, type MessageLayout } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { Publication } from './carrier.ts'
import { amqpErrorCode } from './errors.ts'

/** The options of all adapters; `onSend` gets what was published, `onProcess` the message of amqplib. */
export type AmqpOptions = InstrumentationOptions<Publication, Message>

/** What all that one call of `instrumentAmqp` has instrumented shares. */
export type AmqpKernel = RabbitKernel<Publication, Message>

const layout: MessageLayout<Message> = {
  fields: ({ fields }) => fields,
  properties: ({ properties }) => properties,
  size: ({ content }) => content.length,
}

export function amqpKernel(options: AmqpOptions): AmqpKernel {
  return new RabbitKernel({ scope: '@flowstitch/amqplib', options, layout, classifyError: amqpErrorCode })
}
