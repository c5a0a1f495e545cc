import 'reflect-metadata'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { SpanRecorder } from '@flowstitch/testing'
import { Controller, Module, type INestMicroservice } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  ClientRMQ,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  ServerRMQ,
  type RmqContext,
} from '@nestjs/microservices'
import type { Channel, Message } from 'amqplib'
import { firstValueFrom } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isChild, isConsume, isPublish, settlementOf } from './spans.ts'
import { inSpan, recording, unique } from './support.ts'

class Orders {
  async price(order: { amount: number }): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 20))
    inSpan('price', () => {})
    return order.amount * 2
  }

  async placed(_order: unknown, context: RmqContext): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 20))
    inSpan('store', () => {})
    const channel = context.getChannelRef() as Channel
    channel.ack(context.getMessage() as Message)
  }
}
// oxlint-disable-next-line no-extraneous-class -- the modules of NestJS are
class App {}

/** What `@MessagePattern` and its like do where decorators are compiled. */
function decorate(method: 'price' | 'placed', pattern: MethodDecorator): void {
  Payload()(Orders.prototype, method, 0)
  Ctx()(Orders.prototype, method, 1)
  pattern(Orders.prototype, method, Object.getOwnPropertyDescriptor(Orders.prototype, method)!)
}
decorate('price', MessagePattern('price'))
decorate('placed', EventPattern('placed'))
Controller()(Orders)
Module({ controllers: [Orders] })(App)

interface Service {
  readonly recorder: SpanRecorder
  readonly client: ClientRMQ
  readonly queue: string
}

async function serve({ noAck = true }: { noAck?: boolean } = {}): Promise<Service> {
  const recorder = recording()
  const queue = unique('nest')
  const options = {
    urls: [brokersFromEnvironment().amqp],
    queue,
    queueOptions: { durable: false, expires: 60_000 },
    noAck,
  }
  const strategy = instrumentAmqp(new ServerRMQ(options))
  const app: INestMicroservice = await NestFactory.createMicroservice(App, { strategy, logger: false })
  await app.listen()
  const client = instrumentAmqp(new ClientRMQ({ ...options, noAck: true }))
  onTestFinished(async () => {
    await client.close()
    await app.close()
  })
  await client.connect()
  return { recorder, client, queue }
}

test("NestJS's RabbitMQ transport: a request and its reply are one trace", async () => {
  const { recorder, client, queue } = await serve()
  const answer = await inSpan('request', () => firstValueFrom(client.send('price', { amount: 21 })))
  expect(answer).toBe(42)
  const request = await recorder.waitFor((span) => span.name === 'request')
  const asked = await recorder.waitFor((span) => span.name === `publish ${queue}`)
  const served = await recorder.waitFor((span) => span.name === `consume ${queue}`)
  const work = await recorder.waitFor((span) => span.name === 'price')
  const replied = await recorder.waitFor((span) => span.name === 'publish amq.rabbitmq.reply-to.*')
  const received = await recorder.waitFor((span) => span.name === 'consume amq.rabbitmq.reply-to.*')
  expect(isChild(asked, request)).toBe(true)
  expect(isChild(served, asked)).toBe(true)
  expect(isChild(work, served)).toBe(true)
  expect(isChild(replied, served)).toBe(true)
  expect(isChild(received, replied)).toBe(true)
  expect(recorder.open).toBe(0)
})

test("NestJS's RabbitMQ transport: an event is handled in its trace until it is acknowledged", async () => {
  const { recorder, client } = await serve({ noAck: false })
  await inSpan('request', () => firstValueFrom(client.emit('placed', { id: 1 })))
  const consume = await recorder.waitFor(isConsume)
  const publish = await recorder.waitFor(isPublish)
  const store = await recorder.waitFor((span) => span.name === 'store')
  expect(isChild(publish, await recorder.waitFor((span) => span.name === 'request'))).toBe(true)
  expect(isChild(consume, publish)).toBe(true)
  expect(isChild(store, consume)).toBe(true)
  expect(settlementOf(consume)).toBe('ack')
})
