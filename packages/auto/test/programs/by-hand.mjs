// A program that instruments its clients itself, and publishes with each of them.
import { randomUUID } from 'node:crypto'
import { CreateQueueCommand, DeleteQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { instrumentAmqp } from '@flowstitch/amqplib'
import { instrumentBullmq } from '@flowstitch/bullmq'
import { instrumentRedis } from '@flowstitch/ioredis'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { instrumentNats } from '@flowstitch/nats'
import { instrumentSqs } from '@flowstitch/sqs'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import amqplib from 'amqplib'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'

const name = `auto-${randomUUID()}`

const kafka = instrumentKafka(
  new Kafka({ brokers: [process.env.FLOWSTITCH_KAFKA], logLevel: logLevel.NOTHING }),
)
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: name }], waitForLeaders: true })
await admin.disconnect()
const producer = kafka.producer()
await producer.connect()
await producer.send({ topic: name, messages: [{ value: 'hello' }] })
await producer.disconnect()

const connection = instrumentAmqp(await amqplib.connect(process.env.FLOWSTITCH_AMQP))
const channel = await connection.createChannel()
await channel.assertQueue(name)
channel.sendToQueue(name, Buffer.from('hello'))
await channel.deleteQueue(name)
await connection.close()

const sqs = instrumentSqs(
  new SQSClient({
    endpoint: process.env.FLOWSTITCH_SQS,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }),
)
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }))
await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
await sqs.send(new DeleteQueueCommand({ QueueUrl }))
sqs.destroy()

const nc = instrumentNats(await connect({ servers: process.env.FLOWSTITCH_NATS }))
const manager = await jetstreamManager(nc)
await manager.streams.add({ name, subjects: [name] })
await instrumentNats(jetstream(nc)).publish(name, 'hello')
await manager.streams.delete(name)
await nc.close()

const redis = instrumentRedis(new Redis(process.env.FLOWSTITCH_REDIS))
await redis.xadd(name, '*', 'order', '4711')
await redis.del(name)
const { host, port } = redis.options
redis.disconnect()

const queue = instrumentBullmq(new Queue(name, { connection: { host, port } }))
await queue.add('mail', 'hello')
await queue.obliterate({ force: true })
await queue.close()

console.log('[]')
