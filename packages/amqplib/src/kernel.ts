import { Kernel } from '@flowstitch/core'
import { TemporaryQueues } from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import type { Publication } from './carrier.ts'
import { amqpErrorCode } from './errors.ts'
import type { AmqpOptions } from './message.ts'

/** What all that one call of `instrumentAmqp` has instrumented shares. */
export class AmqpKernel extends Kernel<Publication, Message> {
  readonly temporary: TemporaryQueues = new TemporaryQueues()

  constructor(options: AmqpOptions) {
    super({ system: 'rabbitmq', scope: '@flowstitch/amqplib', options, classifyError: amqpErrorCode })
  }
}
