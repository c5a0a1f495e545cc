import { SpanKind, trace } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import * as names from '@flowstitch/core/semconv'
import { processAmqp } from '../src/index.ts'
import { isChild, named, settlementOf } from './spans.ts'
import { openBench, published } from './support.ts'

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

test('R8: a message got without acknowledgements is handled in its context, and nothing waits to be settled', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  await published(confirming, target)
  const message = await channel.get(target, { noAck: true })
  if (!message) throw new Error('there is one')
  processAmqp(message, () => trace.getTracer('test').startSpan('work').end())
  const handled = await recorder.waitFor(named('process'))
  const [work] = recorder.spans.filter(({ name }) => name === 'work')
  expect(isChild(work!, handled)).toBe(true)
  channel.ackAll()
  expect(recorder.spans.filter(named('ack'))).toHaveLength(0)
})

test('R8: what asks a queue whose name the broker made up has a span name of low cardinality', async () => {
  const { recorder, channel, confirming } = await openBench()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  confirming.sendToQueue(queue, Buffer.from('x'))
  await confirming.waitForConfirms()
  await channel.get(queue)
  const receive = await recorder.waitFor(named('get'))
  expect(receive.name).toBe('get amq.gen-*')
  expect(receive.attributes).toMatchObject({
    [names.MESSAGING_DESTINATION_NAME]: queue,
    [names.MESSAGING_DESTINATION_ANONYMOUS]: true,
  })
})

test('R8: a get that fails makes a span that says why, named with low cardinality too', async () => {
  const { recorder, channel } = await openBench()
  channel.on('error', () => {})
  await expect(channel.get('amq.gen-gone')).rejects.toBeDefined()
  const receive = await recorder.waitFor(named('get'))
  expect(receive.name).toBe('get amq.gen-*')
  expect(receive.attributes[names.ERROR_TYPE]).toBe('NOT_FOUND')
})

test('R8: what an ignored destination brings is left alone by get, by its handling and by its settlement', async () => {
  const { recorder, channel, confirming, queue, exchange } = await openBench({
    ignore: (destination) => destination.startsWith('ignored'),
  })
  const [target, from] = [await queue(), await exchange('fanout', 'ignored')]
  await channel.bindQueue(target, from, '')
  confirming.publish(from, 'key', Buffer.from('x'))
  await published(confirming, target)
  const [ignored, other] = [await channel.get(target), await channel.get(target)]
  if (!ignored || !other) throw new Error('there are two')
  expect(processAmqp(ignored, () => trace.getActiveSpan())).toBeUndefined()
  channel.ackAll()
  const operations = recorder.spans.map((span) => span.attributes[names.MESSAGING_OPERATION_NAME])
  expect(operations).toEqual(['publish', 'get', 'ack'])
  const [ack] = recorder.spans.filter(named('ack'))
  expect(ack?.attributes).toMatchObject({
    [names.MESSAGING_DESTINATION_NAME]: target,
    [names.MESSAGING_BATCH_MESSAGE_COUNT]: 1,
  })
})
