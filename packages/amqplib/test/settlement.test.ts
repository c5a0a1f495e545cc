import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { Message } from 'amqplib'
import { expect, test } from 'vitest'
import { collect, isConsume, named, settlementOf } from './spans.ts'
import { consuming, openBench, published } from './support.ts'

test('R5: a callback that tells nothing has its span open until the delivery is settled', async () => {
  const bench = await openBench()
  const [message] = await collect(bench, 1)
  expect(bench.recorder.open).toBe(1)
  bench.channel.ack(message as Message)
  const [ack, consume] = bench.recorder.spans.slice(-2)
  expect(consume?.name).toMatch(/^consume /)
  expect(settlementOf(consume)).toBe('ack')
  expect(ack?.kind).toBe(SpanKind.CLIENT)
  expect(ack?.parentSpanContext?.spanId).toBe(consume?.spanContext().spanId)
  expect(ack?.attributes).toMatchObject({
    [names.MESSAGING_OPERATION_TYPE]: 'settle',
    [names.RABBITMQ_MESSAGE_DELIVERY_TAG]: 1,
  })
})

test('R6: any object with the same delivery tag settles', async () => {
  const bench = await openBench()
  await collect(bench, 2)
  bench.channel.ack({ fields: { deliveryTag: 2 } } as Message)
  const span = bench.recorder.spans.find(isConsume)
  expect(span?.attributes[names.RABBITMQ_MESSAGE_DELIVERY_TAG]).toBe(2)
  expect(bench.recorder.open).toBe(1)
})

test('acknowledging all up to one settles those, in one span that counts and links them', async () => {
  const bench = await openBench()
  const messages = await collect(bench, 4)
  bench.channel.ack(messages[2] as Message, true)
  expect(bench.recorder.spans.filter(isConsume).map(settlementOf)).toEqual(['ack', 'ack', 'ack'])
  const [ack] = bench.recorder.spans.filter(named('ack'))
  expect(ack?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(3)
  expect(ack?.links).toHaveLength(3)
  expect(bench.recorder.open).toBe(1)
})

for (const { call, operation, settlement } of [
  { call: 'ackAll', operation: 'ack', settlement: 'ack' },
  { call: 'nackAll', operation: 'nack', settlement: 'requeue' },
  { call: 'recover', operation: 'recover', settlement: 'requeue' },
] as const) {
  test(`${call} settles all that there is`, async () => {
    const bench = await openBench()
    await collect(bench, 3)
    await bench.channel[call]()
    const consumed = await bench.recorder.waitForAll(isConsume, 3)
    expect(consumed.slice(0, 3).map(settlementOf)).toEqual([settlement, settlement, settlement])
    expect(bench.recorder.spans.filter(named(operation))).toHaveLength(1)
  })
}

for (const { call, args, settlement } of [
  { call: 'nack', args: [], settlement: 'requeue' },
  { call: 'nack', args: [false, true], settlement: 'requeue' },
  { call: 'nack', args: [false, false], settlement: 'reject' },
  { call: 'reject', args: [true], settlement: 'requeue' },
  { call: 'reject', args: [false], settlement: 'reject' },
] as const) {
  test(`R7: ${call}(message, ${args.join(', ')}) is a ${settlement}, and no error`, async () => {
    const { recorder, channel, confirming, queue } = await openBench()
    const target = await queue()
    await consuming(channel, target, (message) => {
      if (message.fields.redelivered) return channel.ack(message)
      return (channel[call] as (message: Message, ...rest: unknown[]) => void)(message, ...args)
    })
    await published(confirming, target)
    const span = await recorder.waitFor(isConsume)
    expect(settlementOf(span)).toBe(settlement)
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
    const settle = recorder.spans.find(named(call))
    expect(settle?.status.code).toBe(SpanStatusCode.UNSET)
  })
}

test('R7: nack of all up to one puts those back, in one span', async () => {
  const bench = await openBench()
  const messages = await collect(bench, 3)
  bench.channel.nack(messages[1] as Message, true, false)
  expect(bench.recorder.spans.filter(isConsume).map(settlementOf)).toEqual(['reject', 'reject'])
  const [nack] = bench.recorder.spans.filter(named('nack'))
  expect(nack?.attributes[names.MESSAGING_BATCH_MESSAGE_COUNT]).toBe(2)
  expect(bench.recorder.open).toBe(1)
})
