import { randomUUID } from 'node:crypto'
import {
  inheriting,
  type AdapterUnderTest,
  type ConsumeOptions,
  type OutgoingMessage,
  type TestHandler,
  type TestMessage,
  type TestSession,
} from '@flowstitch/testing'
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  type Consumer,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream'
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core'
import { instrumentNats, processNats, type NatsOptions } from '../src/index.ts'
import { connectNats, createStream, headersOf } from './support.ts'
import { transcript } from './transcript.ts'

export function incoming(message: Msg | JsMsg): TestMessage {
  const entries = (message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name)])
  return { body: message.string(), headers: Object.fromEntries(entries) as Record<string, string> }
}

export async function createConsumer(
  js: JetStreamClient,
  stream: string,
  options: { ack_wait?: number; ack_policy?: AckPolicy } = {},
): Promise<Consumer> {
  const manager = await js.jetstreamManager()
  const durable_name = `consumer-${randomUUID()}`
  await manager.consumers.add(stream, { durable_name, ack_policy: AckPolicy.Explicit, ...options })
  return js.consumers.get(stream, durable_name)
}

/** Handles a message, as a loop of a user does. */
async function work(
  message: JsMsg,
  handler: TestHandler,
  { settlement = 'after', redeliver = false }: ConsumeOptions,
): Promise<void> {
  try {
    await processNats(message, () => handler(incoming(message), () => message.ack()))
    if (settlement === 'after') message.ack()
  } catch {
    if (redeliver) message.nak()
    else message.term('the handler failed')
  }
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

  let pulled: Promise<Consumer> | undefined

  const outgoing = ({ body, headers: record }: OutgoingMessage): [string, { headers?: MsgHdrs }?] =>
    record ? [body, { headers: headersOf(record) }] : [body]

  return {
    destination: stream,
    send: (message, { freeze = false, inherit = false } = {}) => {
      const [body, plain] = outgoing(message)
      const options = inherit ? inheriting(plain) : plain
      if (freeze) Object.freeze(Object.freeze(options)?.headers)
      return js.publish(stream, body, options)
    },
    async useTemporary() {
      const inbox = createInbox()
      await new Promise<void>((resolve) => {
        nc.subscribe(inbox, { callback: () => resolve() })
        nc.publish(inbox, 'x')
      })
      return inbox
    },
    prepareShared(message) {
      const [body, options] = outgoing(message)
      const send = (): Promise<unknown> => js.publish(stream, body, options)
      return { handed: options, send: () => Promise.all([send(), send()]) }
    },
    sendRefused: (client) => (client === 'bare' ? bareJs : js).publish(`nobody-takes-${stream}`, 'x'),
    sendBare: async (message) => {
      await bareJs.publish(stream, ...outgoing(message))
    },
    async consume(handler, options = {}) {
      const ack_policy = options.settlement === 'automatically' ? AckPolicy.None : AckPolicy.Explicit
      const messages = await (await createConsumer(js, stream, { ack_policy })).consume()
      void (async () => {
        for await (const message of messages) await work(message, handler, options)
      })()
    },
    async receive() {
      pulled ??= createConsumer(js, stream)
      const message = await (await pulled).next({ expires: 1000 })
      return message ? [incoming(message)] : []
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
  receiveOperation: 'next',
  settleOperation: 'ack',
  settlement: 'ack',
  pulls: true,
  open: async (options) =>
    openSession(await connectNats(), (client) => instrumentNats(client, options as NatsOptions)),
  openTwice: async () => openSession(await connectNats(), (client) => instrumentNats(instrumentNats(client))),
  transcript,
}
