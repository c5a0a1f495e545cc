import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { Controller, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  ClientKafka,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  ServerKafka,
  type KafkaContext,
} from '@nestjs/microservices'
import { context, trace } from '@opentelemetry/api'
import { logLevel } from 'kafkajs'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { instrumentKafka } from '../src/index.ts'
import { deferred, isProcess, isSend, setUp, type Span } from './support.ts'

const work = (name: string): void => trace.getTracer('test').startSpan(name).end()

/** A service's topics, and who is told of what was placed. */
class Desk {
  readonly asked = `prices-${randomUUID()}`
  readonly replied = `${this.asked}.reply`
  readonly placed = `placed-${randomUUID()}`
  readonly order = deferred<unknown>()
}

/** The module of a service that answers on a desk's topics. */
function application({ asked, placed, order }: Desk): new () => object {
  class Orders {
    async price({ amount }: { amount: number }, kafka: KafkaContext): Promise<unknown> {
      await Promise.resolve()
      work('price')
      if (amount < 0) throw new RpcException('no price below zero')
      return {
        total: amount * 2,
        partition: kafka.getPartition(),
        headers: typeof kafka.getMessage().headers,
      }
    }

    async placed(given: unknown): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 20))
      work('store')
      order.resolve(given)
    }
  }
  // oxlint-disable-next-line no-extraneous-class -- the modules of NestJS are
  class App {}
  /** What decorators do where they are compiled. */
  const decorate = (method: 'price' | 'placed', pattern: MethodDecorator): void => {
    Payload()(Orders.prototype, method, 0)
    Ctx()(Orders.prototype, method, 1)
    pattern(Orders.prototype, method, Object.getOwnPropertyDescriptor(Orders.prototype, method)!)
  }
  decorate('price', MessagePattern(asked))
  decorate('placed', EventPattern(placed))
  Controller()(Orders)
  Module({ controllers: [Orders] })(App)
  return App
}

type Trace = <T extends ServerKafka | ClientKafka>(transport: T) => T
const traced: Trace = (transport) => instrumentKafka(transport)
const bare: Trace = (transport) => transport

describe("NestJS's Kafka transport", () => {
  const setup = setUp()

  /** A service and a client of it, until the test is done. */
  async function serve(as: Trace, desk: Desk): Promise<ClientKafka> {
    const { asked, replied, placed } = desk
    for (const topic of [asked, replied, placed]) await setup.bench.createTopic(topic)
    const options = {
      client: {
        clientId: 'nest',
        brokers: [brokersFromEnvironment().kafka],
        logLevel: logLevel.NOTHING,
      },
      consumer: { groupId: `nest-${randomUUID()}`, maxWaitTimeInMs: 100 },
      subscribe: { fromBeginning: true },
    }
    const strategy = as(new ServerKafka({ ...options, consumer: { ...options.consumer } }))
    const app = await NestFactory.createMicroservice(application(desk), { strategy, logger: false })
    await app.listen()
    const client = as(new ClientKafka(options))
    client.subscribeToResponseOf(asked)
    onTestFinished(async () => {
      await client.close()
      await app.close()
    })
    await client.connect()
    return client
  }

  const inRequest = <R>(handler: () => R): R => {
    const request = trace.getTracer('test').startSpan('request')
    return context.with(trace.setSpan(context.active(), request), () => {
      request.end()
      return handler()
    })
  }
  const named = (name: string): Promise<Span> => setup.recorder.waitFor((span) => span.name === name)
  const expectChild = (child: Span, parent: Span): void =>
    expect(child.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)

  it('has a request, its handling, its reply and the receipt of that in one trace', async () => {
    const desk = new Desk()
    const { asked, replied } = desk
    const client = await serve(traced, desk)
    const answer = await inRequest(() => firstValueFrom(client.send(asked, { amount: 21 })))
    expect(answer).toMatchObject({ total: 42 })
    const received = await named(`process ${replied}`)
    const [send, reply] = [await named(`send ${asked}`), await named(`send ${replied}`)]
    const handled = await named(`process ${asked}`)
    expectChild(send, await named('request'))
    expectChild(handled, send)
    expectChild(await named('price'), handled)
    expectChild(reply, handled)
    expectChild(received, reply)
    for (const [consumed, producer] of [
      [handled, send],
      [received, reply],
    ] as const)
      expect(consumed.links.map((link) => link.context.spanId)).toEqual([producer.spanContext().spanId])
    expect(setup.recorder.open).toBe(0)
  })

  it('has the handling of an event in the trace of who emitted it, for as long as it takes', async () => {
    const desk = new Desk()
    const { placed, order } = desk
    const client = await serve(traced, desk)
    await inRequest(() => firstValueFrom(client.emit(placed, { key: 'k', value: { id: 1 } })))
    expect(await order.promise).toEqual({ id: 1 })
    const handled = await named(`process ${placed}`)
    expectChild(await named(`send ${placed}`), await named('request'))
    expectChild(handled, await named(`send ${placed}`))
    expectChild(await named('store'), handled)
    expect(handled.duration[1] / 1e6).toBeGreaterThan(15)
  })

  it('answers, fails and hands on what it is given as it does without us', async () => {
    const transcripts: unknown[] = []
    for (const as of [bare, traced]) {
      const desk = new Desk()
      const { asked, placed, order } = desk
      const client = await serve(as, desk)
      const sent = await firstValueFrom(client.emit(placed, { value: { id: 7 } }))
      transcripts.push([
        await firstValueFrom(client.send(asked, { amount: 2 })),
        await firstValueFrom(client.send(asked, { amount: -1 })).catch((error: unknown) => error),
        await order.promise,
        Object.keys((sent as object[])[0] ?? {}),
        client.unwrap<object>().constructor.name,
      ])
      await client.close()
    }
    expect(transcripts[1]).toEqual(transcripts[0])
    expect(setup.recorder.spans.filter(isSend).length).toBeGreaterThan(2)
    expect(setup.recorder.spans.filter(isProcess).length).toBeGreaterThan(2)
  })
})
