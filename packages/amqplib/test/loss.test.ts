import { setTimeout } from 'node:timers/promises'
import { SpanStatusCode } from '@opentelemetry/api'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect, type Message } from 'amqplib'
import { expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { openCable } from './cable.ts'
import { collect, isConsume, named, settlementOf } from './spans.ts'
import { consuming, nextCall, openBench, published, recording } from './support.ts'

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

test('a broker that never confirms keeps the span open until the connection is lost, and no longer', async () => {
  const recorder = recording()
  const cable = await openCable()
  const connection = instrumentAmqp(await connect(cable.url))
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  cable.holdAnswers()
  const answers: unknown[] = []
  channel.publish('', 'nobody', Buffer.from('x'), {}, (error) => answers.push(error))
  channel.publish('', 'nobody', Buffer.from('x'))
  const confirmed = channel.waitForConfirms()
  await setTimeout(100)
  expect(recorder.open).toBe(2)
  cable.cut()
  await expect(confirmed).rejects.toThrow('channel closed')
  expect(answers).toEqual([new Error('channel closed')])
  expect(recorder.spans.map((span) => span.attributes[names.ERROR_TYPE])).toEqual([
    'channel-closed',
    'channel-closed',
  ])
  expect(recorder.open).toBe(0)
})

test('after its consumer is cancelled a delivery can still be settled', async () => {
  const { recorder, channel, confirming, queue } = await openBench()
  const target = await queue()
  const { called, call } = nextCall<Message>()
  await consuming(channel, target, (message) => call(message), { consumerTag: 'tag' })
  await published(confirming, target)
  const message = await called
  await channel.cancel('tag')
  expect(recorder.open).toBe(1)
  channel.ack(message)
  expect(settlementOf(await recorder.waitFor(isConsume))).toBe('ack')
  expect(recorder.open).toBe(0)
})

test('what is open ends with its channel, whatever else of the channel somebody has wrapped already', async () => {
  const recorder = recording()
  const connection = await connect(brokersFromEnvironment().amqp)
  const channel = await connection.createChannel()
  const theirs = channel.assertQueue.bind(channel)
  Object.assign(channel, { assertQueue: Object.assign(theirs, { __wrapped: true }) })
  instrumentAmqp(channel)
  const { queue } = await channel.assertQueue('', { exclusive: true })
  const { called, call } = nextCall()
  await consuming(channel, queue, () => call())
  channel.sendToQueue(queue, Buffer.from('x'))
  await called
  await channel.close()
  expect(recorder.spans.filter(isConsume).map(settlementOf)).toEqual(['channel-closed'])
  expect(recorder.open).toBe(0)
  await connection.close()
})
