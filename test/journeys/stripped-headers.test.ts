import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment, createTopics } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { tracedServer } from './traced-server.ts'

const PARTITIONS = 4
const MESSAGES = 10_000

const kafka = (): Kafka =>
  new Kafka({ brokers: [brokersFromEnvironment().kafka], logLevel: logLevel.NOTHING })

async function createTopic(): Promise<string> {
  const topic = `stripped-${randomUUID()}`
  const admin = kafka().admin()
  await admin.connect()
  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }])
  await admin.disconnect()
  return topic
}

/** Sends all in one call, within a request. Answers the request's trace. */
async function order(topic: string): Promise<string> {
  const producer = instrumentKafka(kafka()).producer()
  await producer.connect()
  onTestFinished(() => producer.disconnect())
  const request = trace.getTracer('shop').startSpan('POST /orders', { kind: SpanKind.SERVER })
  const messages = Array.from({ length: MESSAGES }, (_, index) => ({
    value: String(index),
    key: index % 2 ? `customer-${index % 9}` : null,
  }))
  await context.with(trace.setSpan(context.active(), request), () => producer.send({ topic, messages }))
  request.end()
  return request.spanContext().traceId
}

/** A consumer that looks at no header, and says in its spans where it got each message from, as the conventions ask. */
async function handleAllBut(topic: string, isLeft: (message: KafkaMessage) => boolean): Promise<void> {
  const groupId = `group-${randomUUID()}`
  const consumer = kafka().consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  onTestFinished(() => consumer.disconnect())
  let seen = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      if (!isLeft(message)) {
        const attributes = {
          [names.MESSAGING_SYSTEM_NAME]: 'kafka',
          [names.MESSAGING_OPERATION_TYPE]: 'process',
          [names.MESSAGING_DESTINATION_NAME]: topic,
          [names.MESSAGING_DESTINATION_PARTITION_ID]: String(partition),
          [names.KAFKA_OFFSET]: Number(message.offset),
          [names.MESSAGING_CONSUMER_GROUP_NAME]: groupId,
        }
        const tracer = trace.getTracer('worker')
        tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes, root: true }).end()
      }
      if (++seen === MESSAGES) resolve()
    },
  })
  await promise
}

test('ten thousand messages of one call join their flow by where they lie, though nobody read their headers', async () => {
  const { client, flush } = await tracedServer()
  const topic = await createTopic()
  const flowId = await order(topic)
  await handleAllBut(topic, ({ value }) => String(value) === '123')
  await flush()

  const flow = await client.flow(flowId)
  const joined = flow?.edges.filter(({ evidence }) => evidence === 'coordinate') ?? []
  expect(joined).toHaveLength(MESSAGES - 1)
  expect(joined.filter(({ mayCause }) => mayCause)).toEqual([])
  const { messages = [] } = flow ?? {}
  expect(new Set(messages.map(({ coordinate }) => coordinate)).size).toBe(MESSAGES)
  const waiting = messages.filter(({ state }) => state !== 'processed')
  expect(waiting).toMatchObject([{ attempts: [], destination: topic }])
  const { messages: found } = await client.messages({ coordinate: waiting[0]?.coordinate ?? '' })
  expect(found).toMatchObject([{ flowIds: [flowId], attempts: [] }])
  const counted = async (): Promise<unknown> =>
    (await client.destinations()).destinations.find(({ destination }) => destination === topic)
  // Totals are counted in the background, in a share of the time.
  await expect.poll(counted, { timeout: 90_000 }).toMatchObject({ sent: MESSAGES, processed: MESSAGES - 1 })
}, 180_000)
