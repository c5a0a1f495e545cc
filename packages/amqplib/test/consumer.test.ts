import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Message } from 'amqplib'
import { expect, test } from 'vitest'
import { processAmqp } from '../src/index.ts'
import { collectRejections, consuming, nextCall, openBench, published, type Bench } from './support.ts'

function named(operation: string): (span: ReadableSpan) => boolean {
  return (span) => span.attributes[names.MESSAGING_OPERATION_NAME] === operation
}

const isConsume = named('consume')

function settlementOf(span: ReadableSpan | undefined): unknown {
  return span?.attributes[names.FLOWSTITCH_SETTLEMENT]
}

/** Consumes without an answer, and hands out the messages as they are: nobody has settled them. */
async function collect({ channel, confirming, queue }: Bench, count: number): Promise<Message[]> {
  const target = await queue()
  const messages: Message[] = []
  const { called, call } = nextCall()
  await consuming(channel, target, (message) => {
    if (messages.push(message) === count) call()
  })
  for (let n = 0; n < count; n++) await published(confirming, target)
  await called
  return messages
}

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

test('R3: a rejection fails the span, and is as unhandled as without instrumentation', async () => {
  const rejections = collectRejections()
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  await consuming(channel, target, () => Promise.reject(new RangeError('no such order')))
  await published(confirming, target)
  const span = await recorder.waitFor(isConsume)
  expect(span.attributes[names.ERROR_TYPE]).toBe('RangeError')
  await expect.poll(() => rejections.reasons).toEqual([new RangeError('no such order')])
  rejections.stop()
})

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
  channel.on('handler-error', call)
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

test('R8: get makes a receive span, processAmqp a process span, and ack settles below it', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  expect(await channel.get(target)).toBe(false)
  expect(recorder.spans).toHaveLength(0)
  await published(confirming, target)
  const message = await channel.get(target)
  if (!message) throw new Error('there is one')
  const receive = recorder.spans.find(named('get'))
  expect(receive?.name).toBe(`get ${target}`)
  expect(receive?.kind).toBe(SpanKind.CLIENT)
  expect(receive?.links).toHaveLength(1)
  expect(receive?.attributes).toMatchObject({
    [names.MESSAGING_OPERATION_TYPE]: 'receive',
    [names.RABBITMQ_MESSAGE_DELIVERY_TAG]: 1,
  })
  expect(receive?.attributes).not.toHaveProperty(names.MESSAGING_BATCH_MESSAGE_COUNT)
  expect(await processAmqp(message, () => Promise.resolve(channel.ack(message) ?? 'done'))).toBe('done')
  const handled = await recorder.waitFor(named('process'))
  expect(handled.links[0]?.context.spanId).toBe(receive?.links[0]?.context.spanId)
  expect(settlementOf(handled)).toBe('ack')
  const ack = recorder.spans.find(named('ack'))
  expect(ack?.parentSpanContext?.spanId).toBe(handled.spanContext().spanId)
})

test('closing the channel ends what is open, with the truth', async () => {
  const bench = await openBench()
  await collect(bench, 2)
  await bench.channel.close()
  const spans = bench.recorder.spans.filter(isConsume)
  expect(spans.map(settlementOf)).toEqual(['channel-closed', 'channel-closed'])
  expect(spans.map((span) => span.attributes[names.ERROR_TYPE])).toEqual(['channel-closed', 'channel-closed'])
  expect(bench.recorder.open).toBe(0)
})

test("a channel that the broker closes fails what is open with the broker's reason", async () => {
  const bench = await openBench()
  const [message] = await collect(bench, 2)
  const { called, call } = nextCall<unknown>()
  bench.channel.on('error', () => {})
  bench.channel.on('close', call)
  bench.channel.ack(message as Message)
  bench.channel.ack(message as Message)
  await called
  const [, lost] = bench.recorder.spans.filter(isConsume)
  expect(lost?.attributes[names.ERROR_TYPE]).toBe('PRECONDITION_FAILED')
  expect(bench.recorder.open).toBe(0)
})

test('a lost connection ends what is open; a handler that is at work goes on to its end', async () => {
  const { recorder, connection, channel, confirming, queue } = await openBench()
  const target = await queue()
  const { promise, resolve } = Promise.withResolvers<void>()
  const { called, call } = nextCall()
  await consuming(channel, target, ({ content }) => {
    if (String(content) === 'waits') {
      call()
      return promise
    }
    return undefined
  })
  confirming.sendToQueue(target, Buffer.from('open'))
  confirming.sendToQueue(target, Buffer.from('waits'))
  await called
  const closed = new Promise((resolved) => connection.once('close', resolved))
  const { stream } = connection.connection as unknown as { stream: { destroy(error: Error): void } }
  stream.destroy(new Error('cable cut'))
  await closed
  const [lost] = recorder.spans.filter(isConsume)
  expect(settlementOf(lost)).toBe('channel-closed')
  expect(lost?.status.code).toBe(SpanStatusCode.ERROR)
  expect(recorder.open).toBe(1)
  resolve()
  const [, worked] = await recorder.waitForAll(isConsume, 2)
  expect(settlementOf(worked)).toBe('channel-closed')
  expect(worked?.status.code).toBe(SpanStatusCode.UNSET)
})

test('an ack on a closed channel throws as amqplib throws, and settles nothing', async () => {
  const bench = await openBench()
  const [message] = await collect(bench, 1)
  await bench.channel.close()
  expect(() => bench.channel.ack(message as Message)).toThrow('Channel closed')
  expect(() => bench.channel.ack(undefined as unknown as Message)).toThrow(TypeError)
  expect(bench.recorder.spans.filter(named('ack'))).toHaveLength(0)
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
