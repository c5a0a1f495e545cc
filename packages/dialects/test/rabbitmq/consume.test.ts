import { trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { expect, test } from 'vitest'
import { consume, settleDeliveries, Source } from '../../src/rabbitmq/index.ts'
import { message, openBench, type Bench, type Flat } from './support.ts'

function consuming({ channel }: Bench, { noAck = false } = {}): <R>(one: Flat, handler: () => R) => R {
  const source = new Source(channel, 'orders', noAck)
  return (one, handler) => consume(source, one, source.tracedDestinationOf(one)!, handler)
}

const settlementOf = (bench: Bench): unknown[] =>
  bench.recorder.spans.map(({ attributes }) => attributes[names.FLOWSTITCH_SETTLEMENT])

test("a handler's promise is the end of the handling, whatever was settled before", async () => {
  const bench = openBench()
  const { promise, resolve } = Promise.withResolvers<string>()
  const answer = consuming(bench)(message(1), () => promise)
  settleDeliveries(bench.channel, { name: 'ack', deliveryTag: 1, multiple: false }, () => {})
  expect(bench.recorder.spans.map(({ name }) => name)).toEqual(['ack orders'])
  resolve('done')
  expect(await answer).toBe('done')
  expect(bench.recorder.spans[1]?.name).toBe('consume orders')
  expect(bench.recorder.spans[1]?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('ack')
})

test('a client that waits for the promise is the only one to hear what it rejects with', async () => {
  const bench = openBench()
  const boom = new RangeError('no such order')
  await expect(consuming(bench)(message(1), () => Promise.reject(boom))).rejects.toBe(boom)
  expect(bench.recorder.spans[0]?.attributes[names.ERROR_TYPE]).toBe('RangeError')
})

test('without a promise the settlement is the end, and without one to come the return', () => {
  const bench = openBench()
  expect(consuming(bench)(message(1), () => 'done')).toBe('done')
  expect(bench.recorder.open).toBe(1)
  const settlement = { name: 'nack', deliveryTag: 1, multiple: false, requeue: false } as const
  expect(settleDeliveries(bench.channel, settlement, () => 'told')).toBe('told')
  consuming(bench, { noAck: true })(message(2), () => {})
  expect(bench.recorder.open).toBe(0)
  expect(settlementOf(bench)).toEqual([undefined, 'reject', undefined])
})

test('a handler that throws has failed, and its client hears of it', () => {
  const bench = openBench()
  const boom = new TypeError('boom')
  expect(() =>
    consuming(bench)(message(1), () => {
      throw boom
    }),
  ).toThrow(boom)
  expect(bench.recorder.spans[0]?.attributes[names.ERROR_TYPE]).toBe('TypeError')
})

test('what several handlers have in hand is settled in one span, with a link to each', () => {
  const bench = openBench()
  const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
  for (const tag of [1, 2, 3]) consuming(bench)(message(tag, { headers }), () => {})
  settleDeliveries(bench.channel, { name: 'recover', deliveryTag: 0, multiple: true }, () => {})
  const [recover] = bench.recorder.spans
  expect(recover?.name).toBe('recover orders')
  expect(recover?.links).toHaveLength(3)
  expect(recover?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
  expect(settlementOf(bench)).toEqual([undefined, 'requeue', 'requeue', 'requeue'])
})

test.each([
  ['the reason that the broker gave', new RangeError('no such queue'), 'RangeError'],
  ['that alone', undefined, 'channel-closed'],
])('what is in hand when the channel is closed has failed for %s', (_, error, expected) => {
  const bench = openBench()
  consuming(bench)(message(1), () => {})
  if (error) bench.channel.failed(error)
  bench.channel.closed()
  const [span] = bench.recorder.spans
  expect(span?.attributes[names.ERROR_TYPE]).toBe(expected)
  expect(settlementOf(bench)).toEqual(['channel-closed'])
})

test('what the user wants left alone, and what no SDK would see, has no destination to be traced at', () => {
  const ignoring = openBench({ ignore: (name) => name === 'orders' })
  const source = new Source(ignoring.channel, 'orders', false)
  expect(source.tracedDestinationOf(message(1))).toBeUndefined()
  expect(source.tracedDestinationOf(message(1, { exchange: 'events' }))?.name).toBe('events:orders')
  trace.disable()
  expect(source.tracedDestinationOf(message(1, { exchange: 'events' }))).toBeUndefined()
})

test('deliveries that came by the same way share their destination', () => {
  const source = new Source(openBench().channel, 'orders', false)
  const first = source.destinationOf(message(1))
  expect(source.destinationOf(message(2))).toBe(first)
  expect(source.destinationOf(message(3, { exchange: 'events' }))).toEqual({ name: 'events:orders' })
})
