import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { trace } from '@opentelemetry/api'
import { Kafka } from 'kafkajs'
import { brokers, names } from '../config.ts'
import { log } from '../log.ts'
import type { Order } from '../order.ts'

const kafka = instrumentKafka(new Kafka({ clientId: 'shop', brokers: [brokers.kafka] }))
const producer = kafka.producer()
await producer.connect()

let lastNumber = 0

async function takeOrder(request: IncomingMessage): Promise<Order> {
  const { item, amount } = (await json(request)) as Pick<Order, 'item' | 'amount'>
  const order: Order = { number: ++lastNumber, item, amount }
  await producer.send({
    topic: names.orders,
    messages: [{ key: `${order.number}`, value: JSON.stringify(order) }],
  })
  log('sent', { order: order.number, queue: names.orders })
  return order
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/orders') {
    response.writeHead(404).end()
    return
  }
  // A framework's instrumentation would name the route by itself.
  trace.getActiveSpan()?.updateName('POST /orders')
  try {
    const order = await takeOrder(request)
    response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(order))
  } catch (error) {
    response.writeHead(503).end(String(error))
  }
}

const server = createServer((request, response) => void answer(request, response))
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  log('ready', { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})
