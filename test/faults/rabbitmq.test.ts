import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { recordSpans } from '@flowstitch/testing'
import { connect, type Channel, type ChannelModel, type ConfirmChannel } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending, killAndRestart, type Traffic } from './traffic.ts'
import { expectTruth, failed, ofOperation } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['amqp'], own: true })
})
afterAll(() => brokers.stop())

const RETRY_MS = 100
/** Deliveries that the consumer keeps, from the first on, until the broker has died. */
const KEPT = 3

type Instrument = (connection: ChannelModel) => ChannelModel

/** A client that connects again when its connection is lost, as users of amqplib write it. */
class Client implements Traffic {
  readonly account = new Account()
  readonly queue: string = `orders-${randomUUID()}`
  readonly kept: string[] = []
  readonly #instrument: Instrument
  #publisher: ConfirmChannel | undefined
  #connection: ChannelModel | undefined
  #closing = false
  #stopSending = async (): Promise<void> => {}

  constructor(instrument: Instrument) {
    this.#instrument = instrument
  }

  async start(): Promise<this> {
    await this.#stayConnected()
    this.#stopSending = keepSending(this.account, (id) => this.#send(id))
    return this
  }

  async stop(): Promise<void> {
    await this.#stopSending()
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#connection?.close()
  }

  async #stayConnected(): Promise<void> {
    try {
      await this.#connect()
    } catch {
      await delay(RETRY_MS)
      if (!this.#closing) await this.#stayConnected()
    }
  }

  async #connect(): Promise<void> {
    const connection = this.#instrument(await connect(brokers.addresses.amqp))
    connection.on('error', () => {})
    connection.on('close', () => {
      if (!this.#closing) void this.#stayConnected()
    })
    this.#connection = connection
    const publisher = await connection.createConfirmChannel()
    await publisher.assertQueue(this.queue, { durable: true })
    const consumer = await connection.createChannel()
    await consumer.consume(this.queue, (message) => {
      if (message) this.#receive(consumer, message)
    })
    this.#publisher = publisher
  }

  #receive(channel: Channel, message: Parameters<Channel['ack']>[0]): void {
    const id = String(message.properties.messageId)
    this.account.received.push(id)
    if (this.kept.length < KEPT) this.kept.push(id)
    else channel.ack(message)
  }

  #send(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { persistent: true, messageId: id }
      this.#publisher!.sendToQueue(this.queue, Buffer.from('x'), options, (error) =>
        error ? reject(error as Error) : resolve(),
      )
    })
  }
}

test('a RabbitMQ that is killed loses no more with tracing than without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const bare = await new Client((connection) => connection).start()
  const traced = await new Client(instrumentAmqp).start()
  await killAndRestart(brokers.started.amqp!, [bare, traced])
  expect(traced.account.errors).toEqual(bare.account.errors)
  expectTruth(recorder, traced.account, {
    idAttribute: 'messaging.message.id',
    errorType: /^(?:channel-closed|IllegalOperationError)$/,
  })
  const lost = recorder.spans.filter((span) => ofOperation('process')(span) && failed(span))
  expect(lost.map(({ attributes }) => attributes['messaging.message.id'])).toEqual(traced.kept)
  for (const { attributes } of lost) expect(attributes['error.type']).toBe('channel-closed')
  await recorder.shutdown()
}, 120_000)
