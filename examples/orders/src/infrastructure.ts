// `node infrastructure.ts create` sets up the topic, queues and streams of the story, as an operator or Terraform
// would; `remove` takes them away again.
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AckPolicy, jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats } from '@nats-io/transport-node'
import { connect as connectAmqp } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { brokers, names, partitions, shippingUrl, sqsConfig } from './config.ts'

type Change = 'create' | 'remove'

async function kafka(change: Change): Promise<void> {
  const admin = new Kafka({ brokers: [brokers.kafka], logLevel: logLevel.ERROR }).admin()
  await admin.connect()
  if (change === 'create')
    await admin.createTopics({ topics: [{ topic: names.orders, numPartitions: partitions }] })
  else await admin.deleteTopics({ topics: [names.orders] })
  await admin.disconnect()
}

/** A payment is tried three times; then RabbitMQ moves it to the dead letters. */
async function amqp(change: Change): Promise<void> {
  const connection = await connectAmqp(brokers.amqp)
  const channel = await connection.createChannel()
  if (change === 'create') {
    await channel.assertQueue(names.deadPayments, { durable: true })
    await channel.assertQueue(names.payments, {
      durable: true,
      deadLetterExchange: '',
      deadLetterRoutingKey: names.deadPayments,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 2 },
    })
  } else {
    await channel.deleteQueue(names.payments)
    await channel.deleteQueue(names.deadPayments)
  }
  await connection.close()
}

async function sqs(change: Change): Promise<void> {
  const client = new SQSClient(sqsConfig)
  if (change === 'create') await client.send(new CreateQueueCommand({ QueueName: names.shipping }))
  else await client.send(new DeleteQueueCommand({ QueueUrl: shippingUrl }))
  client.destroy()
}

async function nats(change: Change): Promise<void> {
  const connection = await connectNats({ servers: brokers.nats })
  const { streams, consumers } = await jetstreamManager(connection)
  if (change === 'create') {
    await streams.add({ name: names.notifications, subjects: [names.notifications] })
    await consumers.add(names.notifications, { durable_name: 'notifier', ack_policy: AckPolicy.Explicit })
  } else await streams.delete(names.notifications)
  await connection.close()
}

async function redis(change: Change): Promise<void> {
  const client = new Redis(brokers.redis)
  if (change === 'create') await client.xgroup('CREATE', names.audit, 'auditor', '0', 'MKSTREAM')
  else await client.del(names.audit)
  await client.quit()
}

const change = process.argv[2] === 'remove' ? 'remove' : 'create'
await Promise.all([kafka, amqp, sqs, nats, redis].map((broker) => broker(change)))
