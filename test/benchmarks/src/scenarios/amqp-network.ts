import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { instrumentAmqp } from '@flowstitch/amqplib'
import type { InstrumentationOptions } from '@flowstitch/core'
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib'
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib'
import { patchFile } from '../official.ts'
import { broker, type Instrumentation } from '../scenario.ts'

type Internals = {
  Channel: new (connection: unknown) => Channel & { dispatchMessage(fields: object, message: object): void }
  ConfirmChannel: new (connection: unknown) => ConfirmChannel
  ChannelModel: new (connection: unknown) => ChannelModel
}

const require = createRequire(import.meta.url)

/** amqplib's own channels on a connection that has no socket: what is sent is gone, what is asked is answered. */
export async function channelOf(
  instrumentation: Instrumentation,
  options: InstrumentationOptions,
): Promise<InstanceType<Internals['Channel']>> {
  const file = join(dirname(require.resolve('amqplib')), 'lib/channel_model.js')
  const internals = require(file) as Internals
  if (instrumentation === 'official')
    patchFile(new AmqplibInstrumentation(), 'lib/channel_model.js', internals)
  const connection = Object.assign(new EventEmitter(), {
    stream: { _host: broker.host, remotePort: broker.port },
    serverProperties: { product: 'RabbitMQ' },
    freshChannel: () => 1,
    sendMessage: () => true,
    sendMethod: () => {},
  })
  Object.assign(internals.Channel.prototype, {
    _rpc: (_method: unknown, _fields: unknown, _expect: unknown, done: (error: null, ok: object) => void) =>
      done(null, { fields: { consumerTag: 'tag' } }),
  })
  const model = new internals.ChannelModel(connection)
  const channel = await (
    instrumentation === 'flowstitch' ? instrumentAmqp(model, options) : model
  ).createChannel()
  return channel as InstanceType<Internals['Channel']>
}

/** A delivery, with the context that a producer would have put on it. */
export function delivered(deliveryTag: number): ConsumeMessage {
  return {
    content: Buffer.from('{"order":42}'),
    fields: { consumerTag: 'tag', deliveryTag, redelivered: false, exchange: '', routingKey: 'payments' },
    properties: { headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` } },
  } as unknown as ConsumeMessage
}
