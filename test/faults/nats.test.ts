import { randomUUID } from 'node:crypto'
import { startBrokers, type Brokers } from '@flowstitch/brokers'
import { instrumentNats, processNats } from '@flowstitch/nats'
import { recordSpans } from '@flowstitch/testing'
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Account, keepSending, killAndRestart, type Traffic } from './traffic.ts'
import { expectTruth } from './truth.ts'

let brokers: Brokers
beforeAll(async () => {
  brokers = await startBrokers({ only: ['nats'], own: true })
})
afterAll(() => brokers.stop())

/** How a client is made and its messages are handled, with tracing or without. */
interface Way {
  readonly instrument: (js: JetStreamClient) => JetStreamClient
  readonly handle: (message: JsMsg, handler: (message: JsMsg) => void) => void
}

const bareWay: Way = { instrument: (js) => js, handle: (message, handler) => handler(message) }
const tracedWay: Way = { instrument: (js) => instrumentNats(js), handle: processNats }

async function startTraffic({ instrument, handle }: Way): Promise<Traffic> {
  const stream = `orders-${randomUUID()}`
  const account = new Account()
  const options = { servers: brokers.addresses.nats, maxReconnectAttempts: -1, reconnectTimeWait: 50 }
  const nc = await connect(options)
  const js = instrument(jetstream(nc, { timeout: 500 }))
  const manager = await jetstreamManager(nc)
  await manager.streams.add({ name: stream, subjects: [stream] })
  await manager.consumers.add(stream, { durable_name: 'worker', ack_policy: AckPolicy.Explicit })
  const messages = await (await js.consumers.get(stream, 'worker')).consume()
  const working = work(messages, handle, account)
  return {
    account,
    stop: keepSending(account, (id) => js.publish(stream, id, { msgID: id })),
    async close() {
      await messages.close()
      await working
      await nc.close()
    },
  }
}

async function work(messages: ConsumerMessages, handle: Way['handle'], account: Account): Promise<void> {
  for await (const message of messages) {
    handle(message, () => void account.received.push(message.string()))
    message.ack()
  }
}

test('a NATS that is killed loses no more with tracing than without, and every span ends with the truth', async () => {
  const recorder = recordSpans()
  const bare = await startTraffic(bareWay)
  const traced = await startTraffic(tracedWay)
  await killAndRestart(brokers.started.nats!, [bare, traced])
  expect(traced.account.errors).toEqual(bare.account.errors)
  expectTruth(recorder, traced.account, {
    idAttribute: 'messaging.message.id',
    errorType: /^(?:timeout|no_responders|\w+Error)$/,
  })
  await recorder.shutdown()
}, 120_000)
