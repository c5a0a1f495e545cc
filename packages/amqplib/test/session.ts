import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isPromise } from 'node:util/types'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import {
  inheriting,
  type AdapterUnderTest,
  type ConsumeOptions,
  type OutgoingMessage,
  type Skip,
  type TestHandler,
  type TestMessage,
  type TestSession,
} from '@flowstitch/testing'
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib'
import {
  connect,
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type Message,
  type Options,
} from 'amqplib'
import { instrumentAmqp, type AmqpOptions } from '../src/index.ts'
import { collectRejections, consuming, nextCall } from './support.ts'
import { transcriptOf } from './transcript.ts'

const require = createRequire(import.meta.url)

function incoming({ content, properties }: Message): TestMessage {
  const headers = Object.entries(properties.headers ?? {}).map(([name, value]) => [name, String(value)])
  return { body: String(content), headers: Object.fromEntries(headers) as Record<string, string> }
}

function outgoing({ body, headers }: OutgoingMessage): [content: Buffer, options?: Options.Publish] {
  return headers ? [Buffer.from(body), { headers: { ...headers } }] : [Buffer.from(body)]
}

function confirmed(
  channel: ConfirmChannel,
  queue: string,
  content: Buffer,
  options?: Options.Publish,
): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.sendToQueue(queue, content, options, (error) => (error ? reject(error as Error) : resolve()))
  })
}

async function openSession(instrumented: ChannelModel): Promise<TestSession> {
  const queue = `conformance-${randomUUID()}`
  const dead = `${queue}-dead`
  const rejections = collectRejections()
  const bare = await connect(brokersFromEnvironment().amqp)
  const [channel, bareChannel] = await Promise.all([
    instrumented.createConfirmChannel(),
    bare.createConfirmChannel(),
  ])
  await bareChannel.assertQueue(queue, {
    durable: false,
    deadLetterExchange: '',
    deadLetterRoutingKey: dead,
  })
  await bareChannel.assertQueue(dead, { durable: false })
  let closed = false
  return {
    destination: queue,
    send(message, { freeze = false, inherit = false } = {}) {
      const [content, plain] = outgoing(message)
      const options = inherit ? inheriting(plain) : plain
      if (freeze) Object.freeze(Object.freeze(options)?.headers)
      return confirmed(channel, queue, content, options)
    },
    async useTemporary() {
      const { queue: temporary } = await channel.assertQueue('', { exclusive: true })
      const { called, call } = nextCall<Message>()
      await consuming(channel, temporary, call)
      await confirmed(channel, temporary, Buffer.from('x'))
      channel.ack(await called)
      return temporary
    },
    prepareShared(message) {
      const [content, options] = outgoing(message)
      const send = (): Promise<void> => confirmed(channel, queue, content, options)
      return { handed: [content, options], send: () => Promise.all([send(), send()]) }
    },
    async sendRefused(client) {
      const gone = await (client === 'bare' ? bare : instrumented).createConfirmChannel()
      await gone.close()
      await confirmed(gone, queue, Buffer.from('x'))
    },
    async sendBare(message) {
      bareChannel.sendToQueue(queue, ...outgoing(message))
      await bareChannel.waitForConfirms()
    },
    consume: (handler, options = {}) => consumeAgain(instrumented, queue, handler, options),
    async receive() {
      const message = await channel.get(queue, { noAck: true })
      return message ? [incoming(message)] : []
    },
    async consumeDeadLetter(handler) {
      const consumer = await instrumented.createChannel()
      await consuming(consumer, queue, (message) => consumer.nack(message, false, false))
      await consumeAgain(instrumented, dead, handler, {})
      return { source: queue, reason: 'rejected' }
    },
    async readBare() {
      for (;;) {
        const message = await bareChannel.get(queue, { noAck: true })
        if (message) return incoming(message)
        await delay(5)
      }
    },
    async close() {
      if (closed) return
      closed = true
      await bareChannel.deleteQueue(queue)
      await bareChannel.deleteQueue(dead)
      await Promise.all([instrumented.close(), bare.close()])
      rejections.stop()
    },
  }
}

/** amqplib closes the channel of a callback that throws: an application that lives on goes on with another. */
async function consumeAgain(
  connection: ChannelModel,
  queue: string,
  handler: TestHandler,
  options: ConsumeOptions,
): Promise<void> {
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  channel.on('close', () => void consumeAgain(connection, queue, handler, options).catch(() => {}))
  const { settlement, redeliver } = options
  const noAck = settlement === 'automatically'
  const onMessage = redeliver ? puttingBack(channel, handler) : settlingAfter(channel, handler, options)
  await consuming(channel, queue, onMessage, { noAck })
}

function settlingAfter(
  channel: Channel,
  handler: TestHandler,
  { settlement = 'after' }: ConsumeOptions,
): (message: Message) => unknown {
  return (message) => {
    const ack = (): void => channel.ack(message)
    const after = settlement === 'after' ? ack : (): void => {}
    const answer = handler(incoming(message), ack)
    return isPromise(answer) ? answer.then(after) : after()
  }
}

function puttingBack(channel: Channel, handler: TestHandler): (message: Message) => Promise<void> {
  return async (message) => {
    try {
      await handler(incoming(message), () => channel.ack(message))
      channel.ack(message)
    } catch {
      channel.nack(message)
    }
  }
}

interface Patch {
  readonly name: string
  patch(exports: unknown): void
  unpatch(exports: unknown): void
}

/** A connection whose channels the official instrumentation has wrapped, as long as the session lasts. */
async function openWrapped(version: string): Promise<TestSession> {
  const official = new AmqplibInstrumentation() as unknown as { init(): { files: readonly Patch[] } }
  const files = official.init().files.filter(({ name }) => /channel_model/.test(name))
  const model = require(join(dirname(require.resolve(version)), 'lib/channel_model.js')) as object
  for (const file of files) file.patch(model)
  const session = await openSession(instrumentAmqp(await connectWith(version)))
  return {
    ...session,
    async close() {
      await session.close()
      for (const file of files) file.unpatch(model)
    },
  }
}

function connectWith(version: string): Promise<ChannelModel> {
  const client = require(version) as { connect: typeof connect }
  return client.connect(brokersFromEnvironment().amqp)
}

const ONE_BY_ONE = 'AMQP 0-9-1 has no call for several messages, and hands them out one by one'

export const skip: readonly Skip[] = [
  ...[
    'a batch makes a create span a message, and one send span with a link to each',
    'a batch without create spans is one producer span, whose context all of its messages carry',
    'a batch is one span without a parent that links to every message; each message has its own below it',
    'H2, H9: every message that one call sends carries a context of its own, not the first alone',
    'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
  ].map((behaviour) => ({ behaviour, reason: ONE_BY_ONE })),
  {
    behaviour: 'H1: the client waits for an asynchronous handler before it hands out the next message',
    reason: 'amqplib waits for no handler, bare or instrumented',
  },
  {
    behaviour:
      'a call with several destinations names them on create spans and links, and none on its own span',
    reason: 'a publish has one exchange and routing key',
  },
  ...[
    'keys are recorded unless the user wants none',
    'a tombstone is marked as such, and nothing else is',
  ].map((behaviour) => ({ behaviour, reason: 'messages have no key' })),
]

/** The adapter under a version of amqplib, by the name that it is installed under. */
export function amqplib(version: string): AdapterUnderTest {
  return {
    name: 'amqplib',
    system: 'rabbitmq',
    sendOperation: 'publish',
    processOperation: 'consume',
    receiveOperation: 'get',
    settleOperation: 'ack',
    settlement: 'ack',
    pulls: false,
    open: async (options) => openSession(instrumentAmqp(await connectWith(version), options as AmqpOptions)),
    openTwice: async () => openSession(instrumentAmqp(instrumentAmqp(await connectWith(version)))),
    openWrapped: () => openWrapped(version),
    async transcript(client) {
      const connection = await connectWith(version)
      const used = client === 'bare' ? connection : instrumentAmqp(connection)
      return transcriptOf(used, version !== 'amqplib-0.10')
    },
  }
}
