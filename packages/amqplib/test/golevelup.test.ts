import 'reflect-metadata'
import { createRequire } from 'node:module'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import type { SpanRecorder } from '@flowstitch/testing'
import { AmqpConnection, Nack, RabbitMQModule, RabbitRPC, RabbitSubscribe } from '@golevelup/nestjs-rabbitmq'
import { Injectable, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isChild, named, settlementOf } from './spans.ts'
import { inSpan, recording, unique } from './support.ts'

const exchange = unique('golevelup')
const require = createRequire(import.meta.url)
const manager = require('amqp-connection-manager') as { connect: (...args: never[]) => unknown }
const bareConnect = manager.connect

class Orders {
  async price({ amount }: { amount: number }): Promise<{ price: number }> {
    await pause()
    inSpan('price', () => {})
    return { price: amount * 2 }
  }

  async placed(order: { refuse?: boolean }): Promise<Nack | undefined> {
    await pause()
    inSpan('store', () => {})
    return order.refuse ? new Nack(false) : undefined
  }
}
// oxlint-disable-next-line no-extraneous-class -- the modules of NestJS are
class App {}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}

/** What `@RabbitRPC` and its like do where decorators are compiled. */
function decorate(method: 'price' | 'placed', decorator: MethodDecorator): void {
  decorator(Orders.prototype, method, Object.getOwnPropertyDescriptor(Orders.prototype, method)!)
}
const queueOptions = { durable: false, expires: 60_000 }
decorate('price', RabbitRPC({ exchange, routingKey: 'price', queue: `${exchange}-price`, queueOptions }))
decorate(
  'placed',
  RabbitSubscribe({ exchange, routingKey: 'placed', queue: `${exchange}-placed`, queueOptions }),
)
Injectable()(Orders)

let connection: AmqpConnection
let close: () => Promise<void>
beforeAll(async () => {
  instrumentAmqp(manager)
  const broker = RabbitMQModule.forRoot({
    uri: brokersFromEnvironment().amqp,
    exchanges: [{ name: exchange, type: 'topic', options: { durable: false, autoDelete: true } }],
  })
  Module({ imports: [broker], providers: [Orders] })(App)
  const app = await NestFactory.createApplicationContext(App, { logger: false })
  close = () => app.close()
  connection = app.get(AmqpConnection)
})
afterAll(async () => {
  await close()
  manager.connect = bareConnect
})

async function published(recorder: SpanRecorder, body: object): Promise<void> {
  await inSpan('request', () => connection.publish(exchange, 'placed', body))
  await recorder.waitFor(named('consume'))
}

test('@golevelup/nestjs-rabbitmq: a request and its reply are one trace', async () => {
  const recorder = recording()
  const request = { exchange, routingKey: 'price', payload: { amount: 21 } }
  expect(await inSpan('request', () => connection.request(request))).toEqual({ price: 42 })
  const requested = await recorder.waitFor((span) => span.name === 'request')
  const asked = await recorder.waitFor((span) => span.name === `publish ${exchange}:price`)
  const served = await recorder.waitFor((span) => span.name === `consume ${exchange}:price:${exchange}-price`)
  const work = await recorder.waitFor((span) => span.name === 'price')
  const replied = await recorder.waitFor((span) => span.name === 'publish amq.rabbitmq.reply-to.*')
  const received = await recorder.waitFor((span) => span.name === 'consume amq.rabbitmq.reply-to.*')
  expect(isChild(asked, requested)).toBe(true)
  expect(isChild(served, asked)).toBe(true)
  expect(isChild(work, served)).toBe(true)
  expect(isChild(replied, served)).toBe(true)
  // It answers with the headers of the request, whose context is the reply's own then.
  expect(replied.links.map(({ context }) => context.spanId)).toEqual([asked.spanContext().spanId])
  expect(isChild(received, asked)).toBe(true)
})

test('@golevelup/nestjs-rabbitmq: a subscriber works in the trace of its message, until it is acknowledged', async () => {
  const recorder = recording()
  await published(recorder, { id: 1 })
  const [consume] = recorder.spans.filter(named('consume'))
  const store = await recorder.waitFor((span) => span.name === 'store')
  const publish = await recorder.waitFor(named('publish'))
  expect(isChild(consume!, publish)).toBe(true)
  expect(isChild(store, consume!)).toBe(true)
  expect(settlementOf(consume)).toBe('ack')
})

test('@golevelup/nestjs-rabbitmq: what a subscriber refuses is rejected, and no error', async () => {
  const recorder = recording()
  await published(recorder, { refuse: true })
  const [consume] = recorder.spans.filter(named('consume'))
  expect(settlementOf(consume)).toBe('reject')
  expect(consume?.attributes).not.toHaveProperty(names.ERROR_TYPE)
})
