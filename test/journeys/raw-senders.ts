import { randomBytes } from 'node:crypto'
import { SendMessageCommand, SQSClient, type MessageAttributeValue } from '@aws-sdk/client-sqs'
import { brokersFromEnvironment, type Broker } from '@flowstitch/brokers'
import { sqsConfig } from '@flowstitch/example-orders/config'
import { jetstream } from '@nats-io/jetstream'
import { connect as connectNats, headers as natsHeaders } from '@nats-io/transport-node'
import { connect as connectAmqp } from 'amqplib'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'

/** A message that is sent without instrumentation, with something that is no context where one may stand. */
export interface RawMessage {
  readonly header: unknown
  send(body: string): Promise<unknown>
}

interface RawSender {
  readonly messages: readonly RawMessage[]
  close(): unknown
}

const { kafka, amqp, nats, redis } = brokersFromEnvironment()

const texts = [
  'garbage',
  '00-00000000000000000000000000000000-0000000000000000-01',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-${'x'.repeat(2_000)}`,
  '00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-zz',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
]

/** Garbage that some brokers carry and others refuse, so that no hop may pass it on. */
const binaries = [randomBytes(64), Buffer.from('tenant=blue;\0\x07\r\n\xff', 'latin1')]

/** The fields that a consumer reads a context from, each with the same value. */
const fields = ['traceparent', 'tracestate', 'baggage'] as const

function inFields<Value>(value: Value): Record<string, Value> {
  return Object.fromEntries(fields.map((field) => [field, value]))
}

function withEach<Value>(
  headers: readonly Value[],
  send: (body: string, header: Value) => Promise<unknown>,
): RawMessage[] {
  return headers.map((header) => ({ header, send: (body) => send(body, header) }))
}

async function kafkaSender(prefix: string): Promise<RawSender> {
  const producer = new Kafka({ brokers: [kafka], logLevel: logLevel.ERROR }).producer()
  await producer.connect()
  return {
    messages: withEach([...texts, '', ...binaries, ['one', 'two']], (value, header) =>
      producer.send({ topic: `${prefix}orders`, messages: [{ value, headers: inFields(header) }] }),
    ),
    close: () => producer.disconnect(),
  }
}

async function amqpSender(prefix: string): Promise<RawSender> {
  const connection = await connectAmqp(amqp)
  const channel = await connection.createConfirmChannel()
  const others: unknown[] = ['', 42, true, null, ...binaries, ['one', 'two'], { a: { nested: 'table' } }]
  return {
    messages: withEach([...texts, ...others], async (body, header) => {
      channel.sendToQueue(`${prefix}payments`, Buffer.from(body), { headers: inFields(header) })
      await channel.waitForConfirms()
    }),
    close: () => connection.close(),
  }
}

function sqsSender(prefix: string): RawSender {
  const client = new SQSClient(sqsConfig)
  const QueueUrl = new URL(`/000000000000/${prefix}shipping`, sqsConfig.endpoint).href
  const attributes: MessageAttributeValue[] = [
    ...texts.map((StringValue) => ({ DataType: 'String', StringValue })),
    { DataType: 'Number', StringValue: '42' },
    ...binaries.map((BinaryValue) => ({ DataType: 'Binary', BinaryValue })),
  ]
  return {
    messages: withEach(attributes, (MessageBody, attribute) =>
      client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes: inFields(attribute) })),
    ),
    close: () => client.destroy(),
  }
}

async function natsSender(prefix: string): Promise<RawSender> {
  const connection = await connectNats({ servers: nats })
  const js = jetstream(connection)
  const several = [...texts.map((text) => [text]), [''], ['one', 'two']]
  return {
    messages: withEach(several, (body, values) => {
      const headers = natsHeaders()
      for (const field of fields) for (const value of values) headers.append(field, value)
      return js.publish(`${prefix}notifications`, body, { headers })
    }),
    close: () => connection.close(),
  }
}

function redisSender(prefix: string): RawSender {
  const client = new Redis(redis)
  return {
    messages: withEach([...texts, '', ...binaries], (body, value) =>
      client.xadd(`${prefix}audit`, '*', 'order', body, ...fields.flatMap((field) => [field, value])),
    ),
    close: () => client.quit(),
  }
}

export interface RawSenders {
  readonly of: Record<Broker, readonly RawMessage[]>
  close(): Promise<void>
}

/** Bare clients of all brokers, for the story's queues under `prefix`. */
export async function rawSenders(prefix: string): Promise<RawSenders> {
  const senders = {
    kafka: await kafkaSender(prefix),
    amqp: await amqpSender(prefix),
    sqs: sqsSender(prefix),
    nats: await natsSender(prefix),
    redis: redisSender(prefix),
  }
  const of = Object.fromEntries(Object.entries(senders).map(([broker, { messages }]) => [broker, messages]))
  return {
    of: of as RawSenders['of'],
    close: async () => {
      await Promise.all(Object.values(senders).map((sender) => sender.close()))
    },
  }
}
