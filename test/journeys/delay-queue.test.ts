import { randomUUID } from 'node:crypto'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { connect, type ConfirmChannel } from 'amqplib'
import { expect, onTestFinished, test } from 'vitest'
import { tracedServer } from './traced-server.ts'

const DELAY_MS = 1500

/** A queue, and one before it that nobody reads, and that hands on what has waited for as long as the queue says. */
async function delayed(channel: ConfirmChannel): Promise<{ queue: string; delays: string }> {
  const queue = `orders-${randomUUID()}`
  const delays = `${queue}-later`
  await channel.assertQueue(queue, { durable: false })
  const options = { messageTtl: DELAY_MS, deadLetterExchange: '', deadLetterRoutingKey: queue }
  await channel.assertQueue(delays, { durable: false, ...options })
  onTestFinished(async () => {
    await channel.deleteQueue(queue)
    await channel.deleteQueue(delays)
  })
  return { queue, delays }
}

test("a message that waits for a queue's time to live is delayed in its flow, and processed", async () => {
  const { client, recorder, flush } = await tracedServer()
  const connection = instrumentAmqp(await connect(brokersFromEnvironment().amqp))
  onTestFinished(() => connection.close())
  const channel = await connection.createConfirmChannel()
  const { queue, delays } = await delayed(channel)
  await channel.consume(queue, (message) => message && channel.ack(message))
  const request = trace.getTracer('shop').startSpan('POST /orders', { kind: SpanKind.SERVER })
  context.with(trace.setSpan(context.active(), request), () => {
    channel.sendToQueue(delays, Buffer.from('x'))
  })
  request.end()
  await recorder.waitFor(({ name }) => name.startsWith('ack '))
  await flush()

  const flow = await client.flow(request.spanContext().traceId)
  expect(flow?.messages).toMatchObject([{ state: 'processed', attempts: [{ number: 1 }] }])
  const [attempt] = flow?.messages[0]?.attempts ?? []
  expect(attempt?.delayMs).toBeGreaterThanOrEqual(DELAY_MS)
  const waits = flow?.criticalPath.filter(({ kind }) => kind === 'delay') ?? []
  expect(waits).toHaveLength(1)
})
