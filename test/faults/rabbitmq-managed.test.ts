import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { recordSpans } from '@flowstitch/testing'
import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager'
import type { Channel } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending } from './traffic.ts'
import { failed, ofOperation } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['amqp'], own: true })
})
afterAll(() => brokers.stop())

const PATIENT = { timeout: 40_000, interval: 20 }

/** A client whose manager connects again, and sends again what was not confirmed. */
class ManagedClient {
  readonly account = new Account()
  readonly #manager: AmqpConnectionManager
  readonly #channel: ChannelWrapper
  readonly #queue = `orders-${randomUUID()}`

  constructor(instrument: (manager: AmqpConnectionManager) => AmqpConnectionManager) {
    this.#manager = instrument(connect([brokers.addresses.amqp], { reconnectTimeInSeconds: 0.2 }))
    this.#channel = this.#manager.createChannel({
      setup: (inner: Channel) => inner.assertQueue(this.#queue, { durable: true }),
    })
    this.#channel.on('error', () => {})
  }

  async start(): Promise<() => Promise<void>> {
    await this.#channel.waitForConnect()
    await this.#channel.consume(this.#queue, (message) => {
      this.account.received.push(String(message.properties.messageId))
      this.#channel.ack(message)
    })
    return keepSending(this.account, (messageId) =>
      this.#channel.sendToQueue(this.#queue, Buffer.from('x'), { persistent: true, messageId }),
    )
  }

  close(): Promise<void> {
    return this.#manager.close()
  }
}

test('under amqp-connection-manager a RabbitMQ that is killed loses nothing, and every try has its span', async () => {
  const recorder = recordSpans()
  const clients = [new ManagedClient((manager) => manager), new ManagedClient(instrumentAmqp)] as const
  const [bare, traced] = clients.map(({ account }) => account) as [Account, Account]
  const sent = (): number => Math.min(bare.sent.size, traced.sent.size)
  const stops = await Promise.all(clients.map((client) => client.start()))
  await expect.poll(sent, PATIENT).toBeGreaterThan(50)
  const broker = brokers.started.amqp!
  await broker.kill()
  await delay(500)
  const before = sent()
  await broker.restart()
  await expect.poll(sent, PATIENT).toBeGreaterThan(before + 50)
  await Promise.all(stops.map((stop) => stop()))
  await expect.poll(() => [...bare.missing, ...traced.missing], PATIENT).toEqual([])
  await Promise.all(clients.map((client) => client.close()))

  expect(traced.errors).toEqual(bare.errors)
  expect(recorder.open).toBe(0)
  const sends = recorder.spans.filter(ofOperation('send'))
  const idsOf = (spans: typeof sends): string[] =>
    spans.map(({ attributes }) => String(attributes['messaging.message.id']))
  expect(idsOf(sends.filter((span) => !failed(span))).toSorted()).toEqual([...traced.sent].toSorted())
  const lost = sends.filter(failed)
  for (const { attributes } of lost) expect(attributes['error.type']).toBe('channel-closed')
  // The manager sends some of them again, and refuses others.
  expect(idsOf(lost)).toEqual(expect.arrayContaining([...traced.refused.keys()]))
  expect(idsOf(lost).filter((id) => !traced.sent.has(id) && !traced.refused.has(id))).toEqual([])
  expect(lost.length).toBeGreaterThan(0)
  expect(recorder.spans.filter(ofOperation('process'))).toHaveLength(traced.received.length)
  await recorder.shutdown()
}, 120_000)
