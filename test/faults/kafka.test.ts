import { randomUUID } from 'node:crypto'
import { createTopics, startBrokers, type Brokers } from '@flowstitch/brokers'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { recordSpans } from '@flowstitch/testing'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending, killAndRestart, type Traffic } from './traffic.ts'
import { expectTruth } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['kafka'], own: true })
})
afterAll(() => brokers.stop())

function connect(): Kafka {
  return new Kafka({
    brokers: [brokers.addresses.kafka],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    // Producers look for a broker as often as this: with more, none would give up while it is down.
    retry: { initialRetryTime: 50, retries: 2 },
  })
}

async function startTraffic(kafka: Kafka): Promise<Traffic> {
  const topic = `orders-${randomUUID()}`
  const account = new Account()
  const admin = kafka.admin()
  await admin.connect()
  await createTopics(admin, [{ topic, numPartitions: 1 }])
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  const consumer = kafka.consumer({
    groupId: `group-${randomUUID()}`,
    maxWaitTimeInMs: 100,
    sessionTimeout: 6000,
    heartbeatInterval: 500,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 100 },
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => void account.received.push(String(message.key)),
  })
  return {
    account,
    stop: keepSending(account, (id) => producer.send({ topic, messages: [{ key: id, value: 'x' }] })),
    async close() {
      await consumer.disconnect()
      await producer.disconnect()
    },
  }
}

test('a Kafka that is killed loses no more with tracing than without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const bare = await startTraffic(connect())
  const traced = await startTraffic(instrumentKafka(connect()))
  await killAndRestart(brokers.started.kafka!, [bare, traced])
  expect(traced.account.errors).toEqual(bare.account.errors)
  expectTruth(recorder, traced.account, {
    idAttribute: 'kafka.message.key',
    // The client's or the broker's own name of what was wrong, not that of a wrapper around it.
    errorType: /^(?:KafkaJS(?!NonRetriable|NumberOf)\w+|[A-Z_]+[A-Z])$/,
  })
  await recorder.shutdown()
}, 120_000)
