import { SQS } from '@aws-sdk/client-sqs'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node'
import { createTopics, type Broker } from '@flowstitch/brokers'
import { connect as connectAmqp, type ConfirmChannel } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel, type Admin } from 'kafkajs'

/** Writes one thing that the broker must keep, and counts it, each over a connection of its own. */
export interface Keeper {
  write(address: string, name: string): Promise<unknown>
  count(address: string, name: string): Promise<number>
}

export const keepers: Record<Broker, Keeper> = {
  kafka: {
    write: (address, topic) => withKafka(address, (admin) => createTopics(admin, [{ topic }])),
    count: (address, name) =>
      withKafka(
        address,
        async (admin) => (await admin.listTopics()).filter((topic) => topic === name).length,
      ),
  },
  amqp: {
    write: (address, queue) =>
      withAmqp(address, async (channel) => {
        await channel.assertQueue(queue, { durable: true })
        channel.sendToQueue(queue, Buffer.from('kept'), { persistent: true })
        await channel.waitForConfirms()
      }),
    count: (address, queue) =>
      withAmqp(address, async (channel) => (await channel.checkQueue(queue)).messageCount),
  },
  nats: {
    write: (address, name) =>
      withNats(address, async (connection) => {
        const { streams } = await jetstreamManager(connection)
        await streams.add({ name, subjects: [name] })
        await jetstream(connection).publish(name, 'kept')
      }),
    count: (address, name) =>
      withNats(address, async (connection) => {
        const { streams } = await jetstreamManager(connection)
        return (await streams.info(name)).state.messages
      }),
  },
  redis: {
    write: (address, stream) => withRedis(address, (client) => client.xadd(stream, '*', 'field', 'kept')),
    count: (address, stream) => withRedis(address, (client) => client.xlen(stream)),
  },
  sqs: {
    write: (address, QueueName) =>
      withSqs(address, async (client) => {
        const { QueueUrl } = await client.createQueue({ QueueName })
        await client.sendMessage({ QueueUrl, MessageBody: 'kept' })
      }),
    count: (address, QueueName) =>
      withSqs(address, async (client) => {
        const { QueueUrl } = await client.getQueueUrl({ QueueName })
        const { Messages = [] } = await client.receiveMessage({ QueueUrl })
        return Messages.length
      }),
  },
}

async function withKafka<T>(address: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

async function withAmqp<T>(address: string, work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await connectAmqp(address)
  try {
    return await work(await connection.createConfirmChannel())
  } finally {
    await connection.close()
  }
}

async function withNats<T>(address: string, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connectNats({ servers: address })
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

async function withRedis<T>(address: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(address)
  try {
    return await work(client)
  } finally {
    client.disconnect()
  }
}

async function withSqs<T>(endpoint: string, work: (client: SQS) => Promise<T>): Promise<T> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new SQS({ endpoint, region: 'us-east-1', credentials })
  try {
    return await work(client)
  } finally {
    client.destroy()
  }
}
