import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect, type AmqpConnectionManager, type ChannelWrapper } from 'amqp-connection-manager'
import type { Channel, ChannelModel, Message } from 'amqplib'
import { expect, onTestFinished, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isChild, isConsume, isPublish } from './spans.ts'
import { collectRejections, inSpan, nextCall, recording, unique } from './support.ts'

function manage(): AmqpConnectionManager {
  const manager = connect([brokersFromEnvironment().amqp])
  onTestFinished(() => manager.close())
  return manager
}

function channelOn(manager: AmqpConnectionManager, queue: string): ChannelWrapper {
  return manager.createChannel({
    setup: (inner: Channel) => inner.assertQueue(queue, { durable: false, expires: 60_000 }),
  })
}

test('amqp-connection-manager: one request is one trace, from one connection to the next', async () => {
  const recorder = recording()
  const manager = instrumentAmqp(manage())
  const queue = unique('managed')
  const channel = channelOn(manager, queue)
  await channel.waitForConnect()
  await channel.consume(queue, (message) => {
    inSpan('work', () => {})
    channel.ack(message)
  })
  await inSpan('request', () => channel.sendToQueue(queue, Buffer.from('x')))
  const consume = await recorder.waitFor(isConsume)
  const publish = await recorder.waitFor(isPublish)
  expect(isChild(publish, await recorder.waitFor((span) => span.name === 'request'))).toBe(true)
  expect(isChild(consume, publish)).toBe(true)
  expect(isChild(await recorder.waitFor((span) => span.name === 'work'), consume)).toBe(true)

  manager.reconnect()
  await new Promise((resolve) => channel.once('connect', resolve))
  await channel.sendToQueue(queue, Buffer.from('again'))
  await recorder.waitForAll(isConsume, 2)
  expect(recorder.spans.filter(isPublish)).toHaveLength(2)
})

test('amqp-connection-manager: what was published without a connection belongs to who published it', async () => {
  const recorder = recording()
  const manager = instrumentAmqp(manage())
  const queue = unique('managed')
  const channel = channelOn(manager, queue)
  const options = Object.freeze({ messageId: 'm-1' })
  const sent = [
    inSpan('first', () => channel.sendToQueue(queue, Buffer.from('x'), options)),
    inSpan('second', () => channel.publish('', queue, Buffer.from('y'))),
  ]
  expect(manager.isConnected()).toBe(false)
  expect(await Promise.all(sent)).toEqual([true, true])
  const [one, two] = recorder.spans.filter(isPublish)
  const [first, second] = ['first', 'second'].map((name) => recorder.spans.find((span) => span.name === name))
  expect(isChild(one!, first!)).toBe(true)
  expect(one?.attributes[names.MESSAGING_MESSAGE_ID]).toBe('m-1')
  expect(isChild(two!, second!)).toBe(true)
})

test('amqp-connection-manager: what had to wait for room belongs to who published it', async () => {
  const recorder = recording()
  const channel = channelOn(instrumentAmqp(manage()), unique('managed'))
  await channel.waitForConnect()

  // More than amqplib keeps for a socket before it says that there is no room.
  const requested = Array.from({ length: 3000 }, (_, n) => `request-${n}`)
  await Promise.all(
    requested.map((name) => inSpan(name, () => channel.publish('', 'nobody', Buffer.from('x')))),
  )
  const requests = new Map(recorder.spans.map((span) => [span.spanContext().spanId, span.name]))
  const parents = recorder.spans
    .filter(isPublish)
    .map((span) => requests.get(span.parentSpanContext?.spanId ?? ''))
  expect(parents).toEqual(requested)
})

for (const noAck of [false, true]) {
  test(`amqp-connection-manager: a handler's promise ends the span${noAck ? ', without acknowledgements too' : ''}`, async () => {
    const rejections = collectRejections()
    const recorder = recording()
    const queue = unique('managed')
    const channel = channelOn(instrumentAmqp(manage()), queue)
    await channel.waitForConnect()
    const { called, call } = nextCall()
    const { promise, reject } = Promise.withResolvers<void>()
    const handler = async (message: Message): Promise<void> => {
      if (!noAck) channel.ack(message)
      call()
      await promise
    }
    // oxlint-disable-next-line no-misused-promises -- users write it, whatever the types say
    await channel.consume(queue, handler, { noAck })
    await channel.sendToQueue(queue, Buffer.from('x'))
    await called
    expect(recorder.spans.filter(isConsume)).toHaveLength(0)
    reject(new RangeError('no such order'))
    expect((await recorder.waitFor(isConsume)).attributes[names.ERROR_TYPE]).toBe('RangeError')
    await expect.poll(() => rejections.reasons).toEqual([new RangeError('no such order')])
    rejections.stop()
  })
}

test('amqp-connection-manager: connections may be instrumented one by one, before createChannel', async () => {
  const recorder = recording()
  const manager = manage()
  manager.on('connect', ({ connection }) => void instrumentAmqp(connection as unknown as ChannelModel))
  const channel = channelOn(manager, unique('managed'))
  await channel.sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
})

test('amqp-connection-manager: a manager that is connected is traced, and twice makes no difference', async () => {
  const recorder = recording()
  const manager = manage()
  await new Promise((resolve) => manager.once('connect', resolve))
  expect(instrumentAmqp(instrumentAmqp(manager))).toBe(manager)
  await channelOn(manager, unique('managed')).sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans.filter(isPublish)).toHaveLength(1)
})

test('amqp-connection-manager: without an SDK the options arrive as they were given', async () => {
  const channel = channelOn(instrumentAmqp(manage()), unique('managed'))
  const returned = new Promise<Message>((resolve) => {
    void channel.addSetup((inner: Channel) => void inner.on('return', resolve))
  })
  await channel
    .publish('', 'nobody', { a: 1 }, { mandatory: true, headers: { tenant: 'blue' } })
    .catch(() => {})
  expect((await returned).properties.headers).toEqual({ tenant: 'blue' })
})

test("a manager's channel alone cannot be traced, and the refusal says so", async () => {
  const channel = channelOn(manage(), unique('managed'))
  await channel.waitForConnect()
  expect(() => instrumentAmqp(channel as never)).toThrow('or what makes them')
})
