import { brokersFromEnvironment } from '@flowstitch/brokers'
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager'
import type { Channel, Message } from 'amqplib'
import { expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { collectRejections, recording, unique } from './support.ts'

type Transcript = unknown[]

/** Uses a manager rightly and wrongly, and writes down all that can be seen. */
async function transcriptOf(
  instrument: (manager: AmqpConnectionManager) => AmqpConnectionManager,
): Promise<Transcript> {
  const transcript: Transcript = []
  const attempt = async (what: string, call: () => unknown): Promise<void> => {
    try {
      transcript.push([what, await call()])
    } catch (error) {
      transcript.push([`${what} failed`, String(error)])
    }
  }
  const rejections = collectRejections()
  const manager = instrument(connect([brokersFromEnvironment().amqp]))
  transcript.push(['keys', Object.keys(manager), manager.createChannel.name, manager.createChannel.length])
  const queue = unique('harm')
  const options = Object.freeze({ headers: Object.freeze({ tenant: 'blue' }), messageId: 'm' })
  const channel = manager.createChannel({
    json: true,
    setup: (inner: Channel) => inner.assertQueue(queue, { durable: false, expires: 60_000 }),
  })
  channel.on('error', (error) => transcript.push(['error', String(error)]))
  for (const method of ['publish', 'sendToQueue', 'consume'] as const) {
    transcript.push(['method', channel[method].name, channel[method].length])
  }
  transcript.push(['own', Object.keys(channel).filter((name) => !name.startsWith('_'))])
  await attempt('before the connection', () => channel.sendToQueue(queue, { n: 1 }, options))
  await attempt('published', () => channel.publish('', queue, { n: 2 }, { headers: { deep: { a: [1] } } }))
  await attempt('with a callback', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown[]>()
    const answer: unknown = channel.sendToQueue(queue, { n: 3 }, {}, (...given: unknown[]) => resolve(given))
    return [answer, await promise]
  })
  await attempt('no options', () => channel.sendToQueue(queue, { n: 4 }, null as never))
  await attempt('no JSON', () => channel.sendToQueue(queue, { n: 1n }))
  await attempt('with a timeout', () => channel.publish('', queue, { n: 5 }, { timeout: 60_000 }))

  const messages: unknown[] = []
  const handler = function (this: unknown, ...args: [Message]): Promise<void> {
    const [{ content, properties }] = args
    const { headers } = properties
    const own = { ...headers, traceparent: undefined, tracestate: undefined }
    messages.push([this === undefined, args.length, String(content).slice(0, 20), own, properties.messageId])
    channel.ack(args[0])
    return String(content) === '{"n":2}' ? Promise.reject(new Error('by the handler')) : Promise.resolve()
  }
  // oxlint-disable-next-line no-misused-promises -- users write it, whatever the types say
  await attempt('consume', () => channel.consume(queue, handler, { consumerTag: 'tag' }))
  await expect.poll(() => messages.length).toBe(5)
  transcript.push(messages)
  await attempt('no queue', () =>
    channel.consume(unique('none'), () => {}).catch((error: Error) => error.name),
  )
  await manager.close()
  await attempt('after the end', () => channel.publish('', queue, 1, { timeout: 20 }))
  rejections.stop()
  return [...transcript, rejections.reasons.map(String)]
}

test('the same script sees the same under a bare, an instrumented and a traced manager', async () => {
  const bare = await transcriptOf((manager) => manager)
  expect(bare.length).toBeGreaterThan(15)
  expect(await transcriptOf((manager) => instrumentAmqp(manager))).toEqual(bare)
  const recorder = recording()
  expect(await transcriptOf((manager) => instrumentAmqp(manager))).toEqual(bare)
  expect(recorder.spans.length).toBeGreaterThan(10)
  expect(recorder.open).toBe(0)
})
