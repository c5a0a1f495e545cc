import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect, type Options } from 'amqplib'
import { expect, test } from 'vitest'
import { instrumentAmqp, processAmqp } from '../src/index.ts'
import { isPublish, named } from './spans.ts'
import { consuming, nextCall, openBench, published, unique } from './support.ts'

const body = Buffer.from('x')

test('R1: a destination is named by exchange and routing key, as far as there are any', async () => {
  const { recorder, channel, exchange, queue } = await openBench()
  const to = await exchange('fanout')
  const target = await queue()
  channel.publish(to, 'eu.paid', body)
  channel.publish(to, '', body)
  channel.sendToQueue(target, body)
  channel.publish('', '', body)
  const [both, noKey, toQueue, neither] = recorder.spans
  expect(both?.name).toBe(`publish ${to}:eu.paid`)
  expect(both?.attributes).toMatchObject({
    [names.MESSAGING_DESTINATION_NAME]: `${to}:eu.paid`,
    [names.RABBITMQ_DESTINATION_ROUTING_KEY]: 'eu.paid',
    [names.MESSAGING_OPERATION_TYPE]: 'send',
    [names.SERVER_ADDRESS]: '127.0.0.1',
    [names.SERVER_PORT]: expect.any(Number),
  })
  expect(noKey?.name).toBe(`publish ${to}`)
  expect(noKey?.attributes).not.toHaveProperty(names.RABBITMQ_DESTINATION_ROUTING_KEY)
  expect(toQueue?.name).toBe(`publish ${target}`)
  expect(neither?.name).toBe('publish amq.default')
  expect(recorder.spans).toHaveLength(4)
})

test('R1: a reply to a queue whose name the broker made up has a span name of low cardinality', async () => {
  const { recorder, channel, bare } = await openBench()
  const { queue } = await bare.assertQueue('', { exclusive: true })
  channel.sendToQueue(queue, body)
  const [span] = recorder.spans
  expect(span?.name).toBe('publish amq.gen-*')
  expect(span?.attributes).toMatchObject({
    [names.MESSAGING_DESTINATION_NAME]: queue,
    [names.MESSAGING_DESTINATION_TEMPORARY]: true,
    [names.MESSAGING_DESTINATION_ANONYMOUS]: true,
  })
})

test('message id, correlation id and, where asked for, the size are recorded', async () => {
  const { recorder, channel, queue } = await openBench({ captureBodySize: true })
  channel.sendToQueue(await queue(), Buffer.from('12345'), { messageId: 'm-1', correlationId: 'c-1' })
  expect(recorder.spans[0]?.attributes).toMatchObject({
    [names.MESSAGING_MESSAGE_ID]: 'm-1',
    [names.MESSAGING_MESSAGE_CONVERSATION_ID]: 'c-1',
    [names.MESSAGING_MESSAGE_BODY_SIZE]: 5,
  })
})

test('on a plain channel the span ends when publish returns', async () => {
  const { recorder, channel, queue } = await openBench()
  expect(channel.sendToQueue(await queue(), body)).toBe(true)
  expect(recorder.spans).toHaveLength(1)
  expect(recorder.spans[0]?.kind).toBe(SpanKind.PRODUCER)
})

test('back-pressure is told to the caller as amqplib tells it', async () => {
  const { connection, queue } = await openBench()
  const target = await queue()
  const channel = await connection.createChannel({ highWaterMark: 1 })
  expect(channel.sendToQueue(target, body)).toBe(false)
  await new Promise((resolve) => channel.once('drain', resolve))
})

test('on a confirm channel the span ends with the confirmation, and the callback gets what amqplib gives', async () => {
  const { recorder, confirming, queue } = await openBench()
  const target = await queue()
  const { called, call } = nextCall<unknown[]>()
  confirming.sendToQueue(target, body, {}, (...answer) => call(answer))
  expect(recorder.spans).toHaveLength(0)
  expect(await called).toEqual([null])
  expect(recorder.spans).toHaveLength(1)
})

test('on a confirm channel the span ends without a callback too, and waitForConfirms waits', async () => {
  const { recorder, confirming, queue } = await openBench()
  const target = await queue()
  for (let n = 0; n < 10; n++) confirming.publish('', target, body)
  await confirming.waitForConfirms()
  expect(recorder.spans.filter(isPublish)).toHaveLength(10)
  expect(recorder.open).toBe(0)
})

test('R9: a message that the broker refuses fails its span, and the callback gets the same error', async () => {
  const { recorder, confirming, queue } = await openBench()
  const full = await queue({ maxLength: 1, overflow: 'reject-publish' })
  confirming.sendToQueue(full, body)
  const { called, call } = nextCall<unknown>()
  await confirming.waitForConfirms()
  confirming.sendToQueue(full, body, {}, call)
  expect(await called).toEqual(new Error('message nacked'))
  const span = recorder.spans[1]
  expect(span?.status.code).toBe(SpanStatusCode.ERROR)
  expect(span?.attributes[names.ERROR_TYPE]).toBe('nack')
})

test('R9: a closed channel throws its own error out of publish, and the span has failed', async () => {
  const { recorder, channel } = await openBench()
  await channel.close()
  expect(() => channel.publish('', 'q', body)).toThrow('Channel closed')
  expect(recorder.open).toBe(0)
  expect(recorder.spans[0]?.attributes[names.ERROR_TYPE]).toBe('IllegalOperationError')
})

test('R9: what is not confirmed when the broker closes the channel fails for the reason that the broker gave', async () => {
  const { recorder, confirming } = await openBench()
  const errors: Error[] = []
  confirming.on('error', (error) => errors.push(error))
  const { called, call } = nextCall<unknown>()
  confirming.publish(unique('nowhere'), 'key', body, {}, call)
  expect(await called).toEqual(new Error('channel closed'))
  const [span] = recorder.spans
  expect(span?.attributes[names.ERROR_TYPE]).toBe('NOT_FOUND')
  expect(span?.status.message).toBe(errors[0]?.message)
})

test('R9: a mandatory message that no queue wants fails its span, and only its', async () => {
  const { recorder, confirming, queue } = await openBench()
  const target = await queue()
  const returned = nextCall<unknown>()
  confirming.on('return', ({ fields }) => returned.call(fields.routingKey))
  const confirmed: unknown[] = []
  const note = (...answer: unknown[]): void => void confirmed.push(answer)
  confirming.publish('', target, body, { mandatory: true }, note)
  confirming.publish('', 'no-such-queue', body, { mandatory: true }, note)
  confirming.publish('', 'no-such-queue', body, {}, note)
  await confirming.waitForConfirms()
  expect(await returned.called).toBe('no-such-queue')
  expect(confirmed).toEqual([[null], [null], [null]])
  expect(recorder.spans.map((span) => span.attributes[names.ERROR_TYPE])).toEqual([
    undefined,
    'NO_ROUTE',
    undefined,
  ])
})

test('R9: of mandatory messages that are alike, those have failed that came back', async () => {
  const { recorder, confirming, queue } = await openBench()
  const target = await queue()
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  for (const headers of [{ traceparent }, { large: 'x'.repeat(65_400) }]) {
    const options = { mandatory: true, headers }
    for (const key of ['nowhere', target, 'nowhere', target]) confirming.publish('', key, body, options)
    await confirming.waitForConfirms()
    confirming.publish('', 'nowhere', body, { headers })
    await confirming.waitForConfirms()
    const lost = recorder.spans.filter((span) => span.attributes[names.ERROR_TYPE] === 'NO_ROUTE')
    expect(lost.map((span) => span.attributes[names.MESSAGING_DESTINATION_NAME])).toEqual([
      'nowhere',
      'nowhere',
    ])
    expect(recorder.spans).toHaveLength(5)
    recorder.clear()
  }
})

test('R10: publishing the headers of a received message again leaves that message as it is', async () => {
  const { confirming, channel, bare, queue } = await openBench()
  const [first, second] = [await queue(), await queue()]
  const { called, call } = nextCall<{ before: unknown; after: unknown }>()
  await consuming(channel, first, (message) => {
    const before = structuredClone(message.properties.headers)
    channel.sendToQueue(second, message.content, message.properties)
    call({ before, after: message.properties.headers })
    channel.ack(message)
  })
  await published(confirming, first, { headers: { tenant: 'blue' } })
  const { before, after } = await called
  expect(after).toEqual(before)
  const copy = nextCall<unknown>()
  await consuming(bare, second, ({ properties }) => copy.call(properties.headers), { noAck: true })
  expect(await copy.called).toEqual(before)
})

test('options of a class, inherited ones and tables in tables arrive as without instrumentation', async () => {
  const { channel, bare, queue } = await openBench()
  const target = await queue()
  class Defaults {
    get contentType(): string {
      return 'application/json'
    }
  }
  const headers: unknown = Object.create(
    { inherited: 'yes' },
    { own: { value: { deep: [1, 'two', { three: 3 }] }, enumerable: true } },
  )
  const options: Options.Publish = Object.assign(new Defaults(), { headers, CC: ['elsewhere'] })
  channel.sendToQueue(target, body, Object.freeze(options))
  const { called, call } = nextCall<Record<string, unknown>>()
  await consuming(bare, target, ({ properties }) => call({ ...properties }), { noAck: true })
  expect(await called).toMatchObject({
    contentType: 'application/json',
    headers: {
      inherited: 'yes',
      own: { deep: [1, 'two', { three: 3 }] },
      CC: ['elsewhere'],
      traceparent: expect.any(String),
    },
  })
})

test('headers that leave no room for ours are sent without ours', async () => {
  const { recorder, confirming, bare, queue } = await openBench()
  const target = await queue()
  const headers = { large: 'x'.repeat(65_400) }
  await published(confirming, target, { headers })
  const { called, call } = nextCall<unknown>()
  await consuming(bare, target, ({ properties }) => call(properties.headers), { noAck: true })
  expect(Object.keys((await called) as object)).toEqual(['large'])
  expect(recorder.spans).toHaveLength(1)
  expect(recorder.spans[0]?.status.code).toBe(SpanStatusCode.UNSET)
})

test('a connection with small frames gets no header frame that is too large for it', async () => {
  const { queue, bare } = await openBench()
  const target = await queue()
  const connection = instrumentAmqp(await connect(`${brokersFromEnvironment().amqp}?frameMax=4096`))
  const channel = await connection.createConfirmChannel()
  const { called, call } = nextCall<unknown>()
  await published(channel, target, { headers: { large: 'x'.repeat(3900) } })
  await consuming(bare, target, ({ properties }) => call(properties.headers), { noAck: true })
  expect(Object.keys((await called) as object)).toEqual(['large'])
  await connection.close()
})

test('the broker is named as it was connected to, and its node where one was contacted', async () => {
  const { recorder, queue } = await openBench()
  const target = await queue()
  const url = new URL(brokersFromEnvironment().amqp)
  url.hostname = 'localhost'
  const connection = instrumentAmqp(await connect(url.href))
  const channel = await connection.createConfirmChannel()
  await published(channel, target)
  const message = await channel.get(target)
  if (!message) throw new Error('there is one')
  processAmqp(message, () => channel.ack(message))
  const { stream } = channel.connection as unknown as { stream: { remoteAddress: string } }
  const node = [stream.remoteAddress, Number(url.port)]
  for (const [operation, peer] of [
    ['publish', node],
    ['get', node],
    ['process', []],
    ['ack', node],
  ] as const) {
    const { attributes } = await recorder.waitFor(named(operation))
    expect(attributes).toMatchObject({
      [names.SERVER_ADDRESS]: 'localhost',
      [names.SERVER_PORT]: Number(url.port),
    })
    expect([attributes[names.NETWORK_PEER_ADDRESS], attributes[names.NETWORK_PEER_PORT]]).toEqual([
      peer[0],
      peer[1],
    ])
  }
  await connection.close()
})

test("what amqplib refuses is refused in amqplib's own words", async () => {
  const { recorder, channel } = await openBench()
  const wrong = channel as unknown as { publish(...args: unknown[]): boolean }
  expect(() => wrong.publish('', 'q', 'no buffer')).toThrow('content is not a buffer')
  expect(() => wrong.publish(1, 'q', body)).toThrow(TypeError)
  expect(() => wrong.publish('', 'q', body, { headers: 'no table' })).toThrow(TypeError)
  expect(recorder.open).toBe(0)
})
