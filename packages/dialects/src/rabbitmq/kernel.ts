import { Kernel, type KernelConfig, type MessageFacts, type ReadCarrier } from '@flowstitch/core'
import { ownErrorCode } from './errors.ts'
import { receivedFacts, type DeliveryFields, type Properties } from './facts.ts'
import { headerCarrier } from './headers.ts'
import { TemporaryQueues } from './temporary.ts'
import type { Table } from './values.ts'

/** Where the messages of a client have what was delivered with them. */
export interface MessageLayout<M> {
  fields(message: M): DeliveryFields
  properties(message: M): Properties
  /** Bytes of the body. */
  size(message: M): number
}

/** What makes an adapter's kernel for RabbitMQ. */
export interface RabbitConfig<Sent, Received> extends Omit<KernelConfig<Sent, Received>, 'system'> {
  readonly layout: MessageLayout<Received>
}

/** The kernel of an AMQP client, which knows how messages are read that it receives. */
export class RabbitKernel<Sent = unknown, Received = unknown> extends Kernel<Sent, Received> {
  readonly temporary: TemporaryQueues = new TemporaryQueues()
  readonly layout: MessageLayout<Received>
  /** The headers of received messages. */
  readonly received: ReadCarrier<Received>

  constructor({ layout, classifyError, ...config }: RabbitConfig<Sent, Received>) {
    const classify = (error: unknown): string | undefined => ownErrorCode(error) ?? classifyError?.(error)
    super({ ...config, system: 'rabbitmq', classifyError: classify })
    this.layout = layout
    this.received = headerCarrier((message) => layout.properties(message).headers as Table | undefined)
  }

  /** What is known of a message that came from a queue. */
  receivedFacts(queue: string, message: Received): MessageFacts {
    const { layout, options } = this
    const size = options.captureBodySize ? layout.size(message) : undefined
    return receivedFacts(queue, layout.fields(message), layout.properties(message), size)
  }
}
