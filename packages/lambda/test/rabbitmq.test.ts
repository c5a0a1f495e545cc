import { instrumentAmqp } from '@flowstitch/amqplib'
import { recordSpans } from '@flowstitch/testing'
import { SpanKind } from '@opentelemetry/api'
import { expect, it, onTestFinished } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { connectAmqp, pollRabbitMq, uniqueQueue } from './rabbitmq-events.ts'
import { lambdaContext, linkedBy, only, spanIdOf } from './support.ts'

it('a handler of messages of RabbitMQ has a span for each, of its queue', async () => {
  const recorder = recordSpans()
  const bare = await connectAmqp()
  const connection = instrumentAmqp(await connectAmqp())
  const queue = uniqueQueue()
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue(queue, { durable: false })
  onTestFinished(async () => {
    await channel.deleteQueue(queue)
    await connection.close()
    await bare.close()
    await recorder.shutdown()
  })
  channel.sendToQueue(queue, Buffer.from('a'), { messageId: 'm-1' })
  await channel.waitForConfirms()
  const event = await pollRabbitMq(bare, queue, 1)
  const seen: unknown[] = []
  const handler = wrapHandler.rabbitmq((record) => void seen.push(record))
  expect(await handler(event, lambdaContext())).toBeUndefined()
  expect(seen).toEqual(event.rmqMessagesByQueue[`${queue}::/`])
  const handling = only(recorder.spans, ({ name }) => name === `process ${queue}`)
  const publish = only(recorder.spans, ({ kind }) => kind === SpanKind.PRODUCER)
  expect(linkedBy(handling)).toEqual([spanIdOf(publish)])
  expect(handling.parentSpanContext?.spanId).toBe(spanIdOf(publish))
  expect(handling.attributes).toMatchObject({
    'messaging.system.name': 'rabbitmq',
    'messaging.message.id': 'm-1',
    'flowstitch.message.attempt': 1,
  })
})
