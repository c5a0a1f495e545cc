import { setImmediate } from 'node:timers/promises'
import { context, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect, test } from 'vitest'
import { isConsume, named, settlementOf } from './spans.ts'
import { collectRejections, consuming, nextCall, openBench, published } from './support.ts'

test('a consumer is named by exchange, routing key and queue', async () => {
  const { recorder, channel, confirming, queue, exchange } = await openBench()
  const [from, target] = [await exchange('topic'), await queue()]
  await channel.bindQueue(target, from, 'paid.*')
  await consuming(channel, target, (message) => channel.ack(message))
  confirming.publish(from, 'paid.eu', Buffer.from('x'))
  const span = await recorder.waitFor(isConsume)
  expect(span.name).toBe(`consume ${from}:paid.eu:${target}`)
  expect(span.kind).toBe(SpanKind.CONSUMER)
  expect(span.attributes).toMatchObject({
    [names.MESSAGING_OPERATION_TYPE]: 'process',
    [names.RABBITMQ_DESTINATION_ROUTING_KEY]: 'paid.eu',
    [names.RABBITMQ_MESSAGE_DELIVERY_TAG]: 1,
    [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 1,
    [names.SERVER_ADDRESS]: '127.0.0.1',
  })
})

test('R1: a queue whose name the broker made up does not make many span names', async () => {
  const { recorder, channel, confirming, exchange } = await openBench()
  const from = await exchange('fanout')
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, from, '')
  await consuming(channel, queue, (message) => channel.ack(message))
  confirming.publish(from, 'k', Buffer.from('x'))
  const span = await recorder.waitFor(isConsume)
  expect(span.name).toBe(`consume ${from}:k:amq.gen-*`)
  expect(span.attributes).toMatchObject({
    [names.MESSAGING_DESTINATION_NAME]: `${from}:k:${queue}`,
    [names.MESSAGING_DESTINATION_ANONYMOUS]: true,
  })
})

test('R2: the span links to its producer and has no parent but it, whatever is active', async () => {
  const { recorder, channel, confirming, queue } = await openBench({ relation: 'link' })
  const target = await queue()
  const request = trace.getTracer('test').startSpan('request')
  await context.with(trace.setSpan(context.active(), request), () =>
    consuming(channel, target, (message) => channel.ack(message)),
  )
  await published(confirming, target)
  const span = await recorder.waitFor(isConsume)
  expect(span.parentSpanContext).toBeUndefined()
  expect(span.links).toHaveLength(1)
})

test('R3: a promise ends the span, not the ack', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  const { promise, resolve } = Promise.withResolvers<void>()
  await consuming(channel, target, async (message) => {
    channel.ack(message)
    await promise
  })
  await published(confirming, target)
  await recorder.waitFor(named('ack'))
  expect(recorder.spans.some(isConsume)).toBe(false)
  resolve()
  expect(settlementOf(await recorder.waitFor(isConsume))).toBe('ack')
})

const boom = new RangeError('no such order')
const rejecting = (): Promise<never> => Promise.reject(boom)

test.each([
  ['an async callback', async () => rejecting(), [boom]],
  ['what a callback hands on', () => rejecting(), [boom]],
  // A limit, which the README names.
  ['what a callback returns and has handled', () => handled(rejecting()), [boom]],
  ['what a callback has handled in an async function', async () => rejecting().catch(() => {}), []],
  ['what catch gave a callback', () => rejecting().catch(() => {}), []],
])('R3: a rejection of %s leaves as many unhandled as the README says', async (_, handler, expected) => {
  const rejections = collectRejections()
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  await consuming(channel, target, handler)
  await published(confirming, target)
  const span = await recorder.waitFor(isConsume)
  // Node tells of rejections once all promises have had their turn.
  await setImmediate()
  expect(rejections.reasons).toEqual(expected)
  expect(span.attributes[names.ERROR_TYPE]).toBe(expected.length > 0 ? 'RangeError' : undefined)
  rejections.stop()
})

function handled<P extends Promise<unknown>>(promise: P): P {
  promise.catch(() => {})
  return promise
}

test('R4: without acknowledgements the span ends with the callback, or with its promise', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const [target, other] = [await queue(), await queue()]
  const { promise, resolve } = Promise.withResolvers<void>()
  await consuming(channel, target, () => {}, { noAck: true })
  const { called, call } = nextCall()
  const working = (): Promise<void> => {
    call()
    return promise
  }
  await consuming(channel, other, working, { noAck: true })
  await published(confirming, target)
  await recorder.waitFor(isConsume)
  await published(confirming, other)
  await called
  expect(recorder.open).toBe(1)
  resolve()
  await recorder.waitForAll(isConsume, 2)
})

test('R4: a callback that throws fails the span, and amqplib hears of it', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  const { called, call } = nextCall<unknown>()
  // Which of them depends on the version.
  for (const event of ['handler-error', 'error']) channel.on(event, call)
  const boom = new TypeError('boom')
  await consuming(
    channel,
    target,
    () => {
      throw boom
    },
    { noAck: true },
  )
  await published(confirming, target)
  expect(await called).toBe(boom)
  expect((await recorder.waitFor(isConsume)).attributes[names.ERROR_TYPE]).toBe('TypeError')
  expect(recorder.open).toBe(0)
})

test('a consumer that the broker cancels is told so by null, and makes no span', async () => {
  const { recorder, channel, bare, queue } = await openBench()
  const target = await queue()
  const { called, call } = nextCall<unknown>()
  await channel.consume(target, call)
  await bare.deleteQueue(target)
  expect(await called).toBeNull()
  expect(recorder.spans).toHaveLength(0)
})

test('what an ignored destination brings makes no span, nor does its ack', async () => {
  const { recorder, channel, confirming, queue } = await openBench({ ignore: () => true })
  const target = await queue()
  const { called, call } = nextCall()
  await consuming(channel, target, (message) => {
    channel.ack(message)
    call()
  })
  await published(confirming, target)
  await called
  expect(recorder.spans).toHaveLength(0)
})
