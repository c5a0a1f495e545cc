import { randomUUID } from 'node:crypto'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import type { AdapterUnderTest, TestMessage, TestSession } from '@flowstitch/testing'
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  StorageType,
  type Consumer,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream'
import { headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'
import { instrumentNats, processNats, type NatsOptions } from '../src/index.ts'

export function connectNats(): Promise<NatsConnection> {
  return connect({ servers: brokersFromEnvironment().nats, name: 'test' })
}

export function headersOf(record: Readonly<Record<string, string>>): MsgHdrs | undefined {
  if (Object.keys(record).length === 0) return undefined
  const made = headers()
  for (const [name, value] of Object.entries(record)) made.append(name, value)
  return made
}

export function incoming(message: Msg | JsMsg): TestMessage {
  const entries = (message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name)])
  return { body: message.string(), headers: Object.fromEntries(entries) as Record<string, string> }
}

/** A stream of its own, in memory. */
export async function createStream(
  nc: NatsConnection,
  subjects: (stream: string) => string[],
): Promise<string> {
  const stream = `TEST-${randomUUID()}`
  const manager = await jetstreamManager(nc)
  await manager.streams.add({ name: stream, subjects: subjects(stream), storage: StorageType.Memory })
  return stream
}

export async function createConsumer(
  js: JetStreamClient,
  stream: string,
  ack_wait?: number,
): Promise<Consumer> {
  const manager = await js.jetstreamManager()
  const durable_name = `consumer-${randomUUID()}`
  await manager.consumers.add(stream, { durable_name, ack_policy: AckPolicy.Explicit, ack_wait })
  return js.consumers.get(stream, durable_name)
}

async function openSession(
  nc: NatsConnection,
  instrument: <C extends NatsConnection | JetStreamClient>(client: C) => C,
): Promise<TestSession> {
  const bare = await connectNats()
  const stream = await createStream(bare, (name) => [name])
  instrument(nc)
  const js = instrument(jetstream(nc))
  const bareJs = jetstream(bare)

  return {
    destination: stream,
    send: ({ body, headers: record }, { freeze = false } = {}) => {
      const options = { headers: headersOf(record) }
      if (freeze) Object.freeze(Object.freeze(options).headers)
      return js.publish(stream, body, options)
    },
    sendBare: async ({ body, headers: record }) => {
      await bareJs.publish(stream, body, { headers: headersOf(record) })
    },
    async consume(handler) {
      const messages = await (await createConsumer(js, stream)).consume()
      void (async () => {
        for await (const message of messages) {
          try {
            await processNats(message, () => handler(incoming(message)))
            message.ack()
          } catch {
            message.term('the handler failed')
          }
        }
      })()
    },
    async readBare() {
      const message = await (await createConsumer(bareJs, stream)).next()
      if (!message) throw new Error('no message came')
      return incoming(message)
    },
    async close() {
      await nc.close()
      if (bare.isClosed()) return
      await (await jetstreamManager(bare)).streams.delete(stream)
      await bare.close()
    },
  }
}

export const nats: AdapterUnderTest = {
  name: 'nats',
  system: 'nats',
  sendOperation: 'publish',
  processOperation: 'process',
  open: async (options) =>
    openSession(await connectNats(), (client) => instrumentNats(client, options as NatsOptions)),
  openTwice: async () => openSession(await connectNats(), (client) => instrumentNats(instrumentNats(client))),
}
