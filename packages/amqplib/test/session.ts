import { randomUUID } from 'node:crypto'
import { isPromise } from 'node:util/types'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { AdapterUnderTest, TestMessage, TestSession } from '@flowstitch/testing'
import { connect, type Channel, type ChannelModel, type Message, type Options } from 'amqplib'
import { instrumentAmqp, type AmqpOptions } from '../src/index.ts'
import { collectRejections, consuming } from './support.ts'

function incoming({ content, properties }: Message): TestMessage {
  const headers = Object.entries(properties.headers ?? {}).map(([name, value]) => [name, String(value)])
  return { body: String(content), headers: Object.fromEntries(headers) as Record<string, string> }
}

async function openSession(instrumented: ChannelModel): Promise<TestSession> {
  const queue = `conformance-${randomUUID()}`
  const rejections = collectRejections()
  const bare = await connect(brokersFromEnvironment().amqp)
  const [channel, bareChannel] = await Promise.all([
    instrumented.createConfirmChannel(),
    bare.createConfirmChannel(),
  ])
  await bareChannel.assertQueue(queue, { durable: false })
  let closed = false
  const content = ({ body }: TestMessage): Buffer => Buffer.from(body)
  return {
    destination: queue,
    send: (message, { freeze = false } = {}) =>
      new Promise((resolve, reject) => {
        const options: Options.Publish = { headers: { ...message.headers } }
        if (freeze) Object.freeze(Object.freeze(options).headers)
        const confirm = (error: unknown): void => (error ? reject(error) : resolve(undefined))
        channel.sendToQueue(queue, content(message), options, confirm)
      }),
    async sendBare(message) {
      bareChannel.sendToQueue(queue, content(message), { headers: { ...message.headers } })
      await bareChannel.waitForConfirms()
    },
    consume: (handler) =>
      consumeAgain(instrumented, queue, (consumer, message) => {
        const answer = handler(incoming(message))
        return isPromise(answer) ? answer.then(() => consumer.ack(message)) : consumer.ack(message)
      }),
    readBare: () =>
      new Promise((resolve, reject) => {
        const take = (message: Message | null): void => void (message && resolve(incoming(message)))
        bareChannel.consume(queue, take, { noAck: true }).catch(reject)
      }),
    async close() {
      if (closed) return
      closed = true
      await bareChannel.deleteQueue(queue)
      await Promise.all([instrumented.close(), bare.close()])
      rejections.stop()
    },
  }
}

/** amqplib closes the channel of a callback that throws: an application that lives on goes on with another. */
async function consumeAgain(
  connection: ChannelModel,
  queue: string,
  onMessage: (channel: Channel, message: Message) => unknown,
): Promise<void> {
  const channel = await connection.createChannel()
  channel.on('error', () => {})
  channel.on('close', () => void consumeAgain(connection, queue, onMessage).catch(() => {}))
  await consuming(channel, queue, (message) => onMessage(channel, message))
}

/** The adapter under a version of amqplib, which `connectWith` is of. */
export function amqplib(connectWith: typeof connect): AdapterUnderTest {
  const url = brokersFromEnvironment().amqp
  return {
    name: 'amqplib',
    system: 'rabbitmq',
    sendOperation: 'publish',
    processOperation: 'consume',
    open: async (options) => openSession(instrumentAmqp(await connectWith(url), options as AmqpOptions)),
    openTwice: async () => openSession(instrumentAmqp(instrumentAmqp(await connectWith(url)))),
  }
}
