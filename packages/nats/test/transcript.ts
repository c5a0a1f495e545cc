import type { AdapterUnderTest } from '@flowstitch/testing'
import { AckPolicy, jetstream, jetstreamManager, type JetStreamClient } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/nats-core'
import { instrumentNats, processNats, type NatsReceived } from '../src/index.ts'
import { connectNats, createStream, headersOf } from './support.ts'

type Log = (what: string, value: unknown) => void
type Script = (nc: NatsConnection, js: JetStreamClient, name: string, log: Log) => Promise<void>
type Handle = <M extends NatsReceived, R>(message: M, handler: (message: M) => R) => R

/** What the script sees: values, errors, and the order of both. Names of its own are masked. */
async function seenBy(script: Script, instrument: boolean): Promise<unknown[]> {
  const nc = await connectNats()
  const admin = await connectNats()
  const stream = await createStream(admin, (name) => [name, `${name}.>`])
  const js = jetstream(nc)
  const seen: unknown[] = [instrument ? instrumentNats(nc) === nc && instrumentNats(js) === js : true]
  const mask = (value: unknown): unknown =>
    JSON.parse((JSON.stringify(value) ?? 'null').replaceAll(stream, 'STREAM'))
  try {
    await script(nc, js, stream, (what, value) => seen.push([what, mask(value)]))
  } finally {
    await (await jetstreamManager(admin)).streams.delete(stream)
    await Promise.all([nc.close(), admin.close()])
  }
  return seen
}

function errorOf(error: unknown): object {
  const { name, message, cause } = error as Error
  return { name, message, cause: cause instanceof Error ? errorOf(cause) : undefined }
}

async function attempt(log: Log, what: string, call: () => unknown): Promise<void> {
  try {
    const answer = call()
    log(`${what} answers a promise`, answer instanceof Promise)
    log(what, await answer)
  } catch (error) {
    log(`${what} fails`, errorOf(error))
  }
}

const jetStream =
  (handle: Handle): Script =>
  async (_nc, js, stream, log) => {
    await attempt(log, 'publish', () => js.publish(`${stream}.a`, 'one'))
    await attempt(log, 'publish twice', () => js.publish(stream, 'two', { msgID: 'm' }))
    await attempt(log, 'publish twice', () => js.publish(stream, 'two', { msgID: 'm' }))
    await attempt(log, 'headers', () =>
      js.publish(stream, 'three', { headers: headersOf({ Tenant: 'blue' }) }),
    )
    await attempt(log, 'refused', () => js.publish(stream, 'x', { expect: { lastSequence: 99 } }))
    await attempt(log, 'no stream', () => js.publish(`no-${stream}`, 'x'))
    await attempt(log, 'no subject', () => js.publish('', 'x'))
    await attempt(log, 'no payload', () => js.publish(stream))
    await attempt(log, 'too large', () => js.publish(stream, new Uint8Array(2_000_000)))
    await attempt(log, 'no consumer', () => js.consumers.get(stream, 'nobody'))
    const manager = await js.jetstreamManager()
    await manager.consumers.add(stream, { durable_name: 'all', ack_policy: AckPolicy.Explicit })
    const consumer = await js.consumers.get(stream, 'all')
    const first = await consumer.next()
    await attempt(log, 'handled', () => handle(first!, (message) => message.string()))
    await attempt(log, 'handled badly', () => handle(first!, () => Promise.reject(new RangeError('boom'))))
    log('ack', first!.ack() ?? 'undefined')
    for await (const message of await consumer.fetch({ max_messages: 3, expires: 1000 })) {
      const { deliveryCount, streamSequence, redelivered } = message.info
      log('message', {
        subject: message.subject,
        body: message.string(),
        deliveryCount,
        streamSequence,
        redelivered,
      })
      log('tenant', message.headers?.get('Tenant') || 'none')
      log('ackAck', await handle(message, (given) => given.ackAck()))
      log('ackAck again', await message.ackAck())
    }
    await attempt(log, 'bad options', () => consumer.consume({ max_messages: 1, max_bytes: 1 }))
  }

const core =
  (handle: Handle): Script =>
  async (nc, _js, name, log) => {
    const subject = `core-${name}`
    const responder = nc.subscribe(subject, {
      callback: (error, message) => void message.respond(`${error} ${message.string()}`),
    })
    for (const noMux of [false, true]) {
      await attempt(log, 'request', async () =>
        (await nc.request(subject, 'x', { noMux, timeout: 2000 })).string(),
      )
      await attempt(log, 'silence', () => nc.request(`silent-${subject}`, 'x', { noMux, timeout: 200 }))
    }
    await attempt(log, 'bad timeout', () => nc.request(subject, 'x', { timeout: -1 }))
    const many = await nc.requestMany(subject, 'x', { strategy: 'count', maxMessages: 1, maxWait: 500 })
    for await (const message of many) log('one of many', message.string())
    await attempt(log, 'publish', () => nc.publish(subject) ?? 'undefined')
    await attempt(log, 'bad payload', () => nc.publish(subject, {} as never))
    await attempt(log, 'bad subject', () => nc.publish('a b'))
    await attempt(log, 'too large', () => nc.publish(subject, new Uint8Array(2_000_000)))
    log('subscription', [responder.getSubject(), responder.isClosed(), responder.getMax() ?? 'none'])
    const limited = nc.subscribe(`${subject}.*`, { max: 2 })
    nc.publish(`${subject}.1`, 'a')
    nc.publish(`${subject}.2`, 'b', { headers: headersOf({ Tenant: 'blue' }) })
    for await (const message of limited) {
      log(
        'iterated',
        handle(message, (given) => [given.subject, given.string(), given.headers?.get('Tenant') || 'none']),
      )
    }
    await attempt(log, 'timeout', async () => {
      for await (const _ of nc.subscribe(subject, { timeout: 50 })) log('nothing', true)
    })
    await attempt(log, 'drain', () => nc.drain())
    await attempt(log, 'closed', () => nc.publish(subject))
    await attempt(log, 'request when closed', () => nc.request(subject))
  }

const untraced: Handle = (message, handler) => handler(message)

/** What one client shows of scripts of right and wrong calls: values, errors and their order. */
export const transcript: AdapterUnderTest['transcript'] = async (client) => {
  const handle = client === 'bare' ? untraced : processNats
  const instrument = client === 'instrumented'
  return [...(await seenBy(jetStream(handle), instrument)), ...(await seenBy(core(handle), instrument))]
}
