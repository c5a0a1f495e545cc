import * as names from '@flowstitch/core/semconv'
import { expect, test } from 'vitest'
import { notePulled, processPulled, pull, settleDeliveries, Source } from '../../src/rabbitmq/index.ts'
import { message, openBench } from './support.ts'

test('a pulled message is handled in a span of its own, which its settlement is below', async () => {
  const { recorder, channel } = openBench({ captureBodySize: true })
  const source = new Source(channel, 'orders', false)
  const one = message(7, { exchange: 'events', routingKey: 'paid' })
  expect(await pull(source, () => Promise.resolve(one))).toBe(one)
  notePulled(source, one)
  const settlement = { name: 'ack', deliveryTag: 7, multiple: false } as const
  expect(processPulled(one, () => settleDeliveries(channel, settlement, () => 'done'))).toBe('done')
  const [get, ack, handled] = recorder.spans
  expect(get?.name).toBe('get events:paid:orders')
  expect(get?.attributes).toMatchObject({
    [names.RABBITMQ_MESSAGE_DELIVERY_TAG]: 7,
    [names.MESSAGING_MESSAGE_BODY_SIZE]: 1,
    [names.SERVER_ADDRESS]: 'broker',
  })
  expect(handled?.name).toBe('process events:paid:orders')
  expect(ack?.parentSpanContext?.spanId).toBe(handled?.spanContext().spanId)
})

test.each([false, null, undefined] as const)('a pull that brings %s makes no span', async (none) => {
  const { recorder, channel } = openBench()
  const source = new Source(channel, 'orders', false)
  expect(await pull(source, () => Promise.resolve(none))).toBe(none)
  notePulled(source, none)
  expect(recorder.spans).toHaveLength(0)
  expect(channel.deliveries.none).toBe(true)
})

test('a message that no pull has brought is handled all the same', () => {
  const { recorder } = openBench()
  expect(processPulled(message(1), () => 'done')).toBe('done')
  expect(recorder.spans).toHaveLength(0)
})
