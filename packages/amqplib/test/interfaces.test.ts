import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect, type ChannelModel, type Message } from 'amqplib'
import * as callbackApi from 'amqplib/callback_api'
import { expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isChild, named } from './spans.ts'
import { nextCall, openBench, recording } from './support.ts'

const url = (): string => brokersFromEnvironment().amqp

test('the callback API is traced as the promise API is', async () => {
  const recorder = recording()
  const { called: connected, call: onConnect } = nextCall<callbackApi.Connection>()
  callbackApi.connect(url(), (error, connection) => (error ? undefined : onConnect(connection)))
  const connection = instrumentAmqp(await connected)
  const { called: opened, call: onOpen } = nextCall<callbackApi.ConfirmChannel>()
  connection.createConfirmChannel((_error, channel) => onOpen(channel))
  const channel = await opened
  const { called: asserted, call: onAssert } = nextCall<string>()
  channel.assertQueue('', { exclusive: true }, (_error, { queue }) => onAssert(queue))
  const queue = await asserted

  const { called: empty, call: onEmpty } = nextCall<unknown>()
  expect(channel.get(queue, {}, (...answer) => onEmpty(answer))).toBe(channel)
  expect(await empty).toEqual([null, false])

  const { called: confirmed, call: onConfirm } = nextCall<unknown>()
  channel.sendToQueue(queue, Buffer.from('x'), {}, (...answer) => onConfirm(answer))
  expect(await confirmed).toEqual([null])

  const { called: got, call: onGot } = nextCall<Message>()
  channel.get(queue, {}, (_error, message) => {
    if (message) onGot(message)
  })
  const answer: unknown = channel.nack(await got)
  expect(answer).toBe(channel)

  const { called: consumed, call: onConsume } = nextCall()
  channel.consume(queue, (message) => {
    if (message) channel.ack(message)
    onConsume()
  })
  await consumed
  const publish = await recorder.waitFor(named('publish'))
  expect(isChild(await recorder.waitFor(named('consume')), publish)).toBe(false)
  expect((await recorder.waitFor(named('get'))).links[0]?.context.spanId).toBe(publish.spanContext().spanId)
  expect((await recorder.waitFor(named('consume'))).links[0]?.context.spanId).toBe(
    publish.spanContext().spanId,
  )
  for (const settled of ['nack', 'ack']) expect(recorder.spans.filter(named(settled))).toHaveLength(1)
  const { called: closed, call: onClosed } = nextCall<unknown>()
  connection.close(onClosed)
  await closed
  expect(recorder.open).toBe(0)
})

test.skipIf(process.env['AMQPLIB'] === 'amqplib-0.10')(
  'a connection that recovers goes on being traced',
  async () => {
    const recorder = recording()
    const models: ChannelModel[] = []
    const recovering = instrumentAmqp(await connect(url(), { recovery: { initialDelay: 1, jitter: 0 } }))
    recovering.on('connect', (model) => models.push(model))
    recovering.on('error', () => {})
    const lost = await recovering.createConfirmChannel()
    lost.on('error', () => {})
    const reconnected = new Promise<ChannelModel>((resolve) => recovering.once('connect', resolve))
    const { stream } = lost.connection as unknown as { stream: { destroy(error: Error): void } }
    stream.destroy(new Error('cable cut'))
    await reconnected
    const channel = await recovering.createConfirmChannel()
    channel.publish('', 'nobody', Buffer.from('x'))
    await channel.waitForConfirms()
    expect(recorder.spans.filter(named('publish'))).toHaveLength(1)
    await recovering.close()
  },
)

test('a connection and its channel may both be instrumented: one call makes one span', async () => {
  const recorder = recording()
  const connection = instrumentAmqp(await connect(url()))
  const channel = instrumentAmqp(await connection.createChannel())
  expect(channel.listenerCount('close')).toBe(instrumentAmqp(channel).listenerCount('close'))
  channel.sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans).toHaveLength(1)
  await connection.close()
})

test('what is known of a destination is found out once for all channels of a connection', async () => {
  const asked: string[] = []
  const { connection, queue } = await openBench({ destinationTemplate: (name) => void asked.push(name) })
  const target = await queue()
  const channels = [await connection.createChannel(), await connection.createChannel()]
  for (const channel of [...channels, ...channels]) channel.sendToQueue(target, Buffer.from('x'))
  expect(asked).toEqual([target])
})

test('a channel alone can be instrumented', async () => {
  const recorder = recording()
  const connection = await connect(url())
  const channel = instrumentAmqp(await connection.createChannel())
  channel.sendToQueue('nobody', Buffer.from('x'))
  expect(recorder.spans).toHaveLength(1)
  await connection.close()
})

test('a call and its direct reply make one chain, in which both tell the conversation', async () => {
  const { recorder, connection, channel, queue } = await openBench()
  const target = await queue()
  const server = await connection.createChannel()
  await server.consume(target, (message) => {
    if (!message) return
    const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string }
    server.sendToQueue(replyTo, Buffer.from('pong'), { correlationId })
    server.ack(message)
  })
  const { called, call } = nextCall()
  await channel.consume('amq.rabbitmq.reply-to', () => call(), { noAck: true })
  channel.sendToQueue(target, Buffer.from('ping'), {
    replyTo: 'amq.rabbitmq.reply-to',
    correlationId: 'c-1',
  })
  await called
  const spans = [
    await recorder.waitFor((span) => span.name === `publish ${target}`),
    await recorder.waitFor((span) => span.name === `consume ${target}`),
    await recorder.waitFor((span) => span.name === 'publish amq.rabbitmq.reply-to.*'),
    await recorder.waitFor((span) => span.name === 'consume amq.rabbitmq.reply-to.*'),
  ]
  expect(spans.map((span) => span.attributes[names.MESSAGING_MESSAGE_CONVERSATION_ID])).toEqual(
    spans.map(() => 'c-1'),
  )
  expect(spans.slice(1).map((span) => span.parentSpanContext?.spanId)).toEqual(
    spans.slice(0, -1).map((span) => span.spanContext().spanId),
  )
  const [, , sent, received] = spans.map((span) => span.attributes[names.MESSAGING_DESTINATION_NAME])
  expect(received).toBe(sent)
})
