import type { ChannelModel, Message } from 'amqplib'
import { expect } from 'vitest'
import { collectRejections, unique } from './support.ts'

type Transcript = readonly unknown[]

const OURS = new Set(['traceparent', 'tracestate', 'baggage'])

/** Uses what amqplib has, rightly and wrongly, and writes down all that can be seen. */
async function useAll(connection: ChannelModel, survivesHandlers: boolean): Promise<Transcript> {
  const transcript: unknown[] = []
  const queue = unique('queue')
  const note = (what: string, ...seen: unknown[]): void => {
    transcript.push([what, ...seen.map((value) => plain(value, queue))])
  }
  const attempt = async (what: string, call: () => unknown): Promise<void> => {
    try {
      note(what, await call())
    } catch (error) {
      note(`${what} failed`, error)
    }
  }
  const watched = async <C extends { on(event: string, listener: (...args: unknown[]) => void): unknown }>(
    name: string,
    creating: Promise<C>,
  ): Promise<C> => {
    const channel = await creating
    for (const event of ['error', 'close', 'return', 'cancel', 'handler-error']) {
      channel.on(event, (...args) => note(`${name} ${event}`, ...args))
    }
    return channel
  }
  const plainChannel = await watched('plain', connection.createChannel())
  const confirming = await watched('confirming', connection.createConfirmChannel())
  const gone = new Promise((resolve) => confirming.on('close', resolve))
  for (const method of ['publish', 'consume', 'get', 'ack', 'nackAll'] as const) {
    note('method', plainChannel[method].name, plainChannel[method].length)
  }
  note('own properties', Object.keys(plainChannel))
  await attempt('assertQueue', () => plainChannel.assertQueue(queue, { durable: false }))

  await attempt('empty get', () => plainChannel.get(queue))
  await attempt('publish', () => plainChannel.publish('', queue, Buffer.from('1'), { headers: { a: [1] } }))
  await attempt('sendToQueue', () => plainChannel.sendToQueue(queue, Buffer.from('2')))
  // What comes by another channel could else be in the queue before it.
  await plainChannel.checkQueue(queue)
  await attempt('confirmed', () => confirming.sendToQueue(queue, Buffer.from('3'), { messageId: 'm' }))
  await attempt('confirmed with callback', () =>
    confirming.sendToQueue(queue, Buffer.from('4'), {}, (...answer) => note('callback', ...answer)),
  )
  await attempt('waitForConfirms', () => confirming.waitForConfirms())
  await attempt('mandatory', () => confirming.publish('', 'nowhere', Buffer.from('5'), { mandatory: true }))
  await attempt('waitForConfirms', () => confirming.waitForConfirms())
  await attempt('no buffer', () => plainChannel.sendToQueue(queue, 'text' as unknown as Buffer))

  const [first, second, third] = [
    await plainChannel.get(queue),
    await plainChannel.get(queue),
    await plainChannel.get(queue),
  ]
  note('got', first, second, third)
  await attempt('ack', () => plainChannel.ack(first as Message))
  await attempt('nack', () => plainChannel.nack(second as Message, false, true))
  await attempt('reject', () => plainChannel.reject(third as Message, false))
  await attempt('ack of nothing', () => plainChannel.ack(undefined as unknown as Message))

  const ended = Promise.withResolvers<void>()
  const replies: string[] = []
  const handler = function (this: unknown, message: Message | null): Promise<void> | undefined {
    note('handler', this, message, arguments.length)
    if (!message) {
      ended.resolve()
      return undefined
    }
    replies.push(String(message.content))
    plainChannel.ack(message)
    return String(message.content) === '2' ? Promise.reject(new Error('rejected by handler')) : undefined
  }
  // oxlint-disable-next-line no-misused-promises -- handlers answer with promises, whatever the types say
  await attempt('consume', () => plainChannel.consume(queue, handler, { consumerTag: 'tag' }))
  await expect.poll(() => replies.length).toBe(2)
  await attempt('recover', () => plainChannel.recover())
  const deleted = confirming.deleteQueue(queue)
  await ended.promise
  await attempt('deleteQueue', () => deleted)
  await attempt('cancel', () => plainChannel.cancel('tag'))

  const closed = new Promise((resolve) => plainChannel.on('close', resolve))
  await attempt('double ack', () => plainChannel.ack(first as Message))
  await closed
  await attempt('publish on a closed channel', () => plainChannel.publish('', queue, Buffer.from('x')))
  await attempt('consume on a closed channel', () => plainChannel.consume(queue, () => {}))
  await attempt('get on a closed channel', () => plainChannel.get(queue))
  await attempt('ack on a closed channel', () => plainChannel.ack(second as Message))
  await attempt('unknown exchange', () =>
    confirming.publish(unique('no'), 'k', Buffer.from('x'), {}, (...answer) => note('lost', ...answer)),
  )
  await gone
  await attempt('waitForConfirms after the end', () => confirming.waitForConfirms())
  if (survivesHandlers) {
    const other = await watched('other', connection.createChannel())
    const { queue: own } = await other.assertQueue(`${queue}-own`, { exclusive: true })
    await attempt('no handler', () => other.consume(own, undefined as unknown as () => void))
    const failed = new Promise((resolve) => other.on('handler-error', resolve))
    await attempt('publish to no handler', () => other.sendToQueue(own, Buffer.from('x')))
    await failed
  }
  await attempt('close', () => connection.close())
  await attempt('createChannel after close', () => connection.createChannel())
  return transcript
}

/** Without what differs from run to run, and without the headers that are ours. */
function plain(value: unknown, queue: string): unknown {
  const seen = JSON.stringify(value, (key, inner: unknown) => {
    if (inner instanceof Error) {
      const { code, classId, methodId } = inner as { code?: unknown; classId?: unknown; methodId?: unknown }
      return { error: inner.constructor.name, message: inner.message, code, classId, methodId }
    }
    return OURS.has(key) ? undefined : inner
  })
  return seen
    ?.replaceAll(queue, 'QUEUE')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replaceAll(/amq\.ctag-[\w-]+/g, 'TAG')
}

/**
 * What one client shows of a script of right and wrong calls. The connections of older versions end in the
 * middle of what a handler throws: nothing that comes after is the same twice.
 */
export async function transcriptOf(connection: ChannelModel, survivesHandlers: boolean): Promise<Transcript> {
  const rejections = collectRejections()
  connection.on('error', () => {})
  const transcript = await useAll(connection, survivesHandlers)
  await expect.poll(() => rejections.reasons).toHaveLength(1)
  rejections.stop()
  return [...transcript, rejections.reasons.map(String)]
}
