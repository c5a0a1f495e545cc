import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect } from 'amqplib'
import { expect, test } from 'vitest'
import { instrumentAmqp } from '../src/index.ts'
import { isConsume, isPublish, named } from './spans.ts'
import { consuming, openBench, published, recording, unique } from './support.ts'

const body = Buffer.from('x')

for (const options of [{ exclusive: true }, { autoDelete: true }]) {
  const [kind] = Object.keys(options)
  test(`R1: a named queue that is ${kind} is temporary, and its name makes no span name`, async () => {
    const { recorder, channel, confirming, exchange } = await openBench()
    const from = await exchange('topic')
    const { queue } = await channel.assertQueue(unique('replies'), options)
    await channel.bindQueue(queue, from, 'paid')
    await consuming(channel, queue, (message) => channel.ack(message))
    confirming.publish(from, 'paid', body)
    confirming.sendToQueue(queue, body)
    const [bound, direct] = await recorder.waitForAll(isConsume, 2)
    expect(bound?.name).toBe(`consume ${from}:paid`)
    expect(bound?.attributes).toMatchObject({
      [names.MESSAGING_DESTINATION_NAME]: `${from}:paid:${queue}`,
      [names.MESSAGING_DESTINATION_TEMPLATE]: `${from}:paid`,
      [names.MESSAGING_DESTINATION_TEMPORARY]: true,
    })
    expect(bound?.attributes).not.toHaveProperty(names.MESSAGING_DESTINATION_ANONYMOUS)
    expect(direct?.name).toBe('consume')
    expect(direct?.attributes).toMatchObject({
      [names.MESSAGING_DESTINATION_NAME]: queue,
      [names.MESSAGING_DESTINATION_TEMPORARY]: true,
    })
    await confirming.waitForConfirms()
    expect(recorder.spans.filter(isPublish).map(({ name }) => name)).toEqual([
      `publish ${from}:paid`,
      'publish',
    ])
    expect(recorder.spans.find(named('ack'))?.name).toBe(`ack ${from}:paid`)
  })
}

test('through a headers exchange a message without routing key is named by exchange and queue', async () => {
  const { recorder, channel, confirming, bare, exchange, queue } = await openBench()
  const [from, target] = [await exchange('headers'), await queue()]
  await bare.bindQueue(target, from, '', { 'x-match': 'all', region: 'eu', traced: false })
  await consuming(channel, target, (message) => channel.ack(message))
  confirming.publish(from, '', body, { headers: { region: 'eu', traced: false } })
  confirming.publish(from, '', body, { headers: { region: 'us', traced: false } })
  await confirming.waitForConfirms()
  const consume = await recorder.waitFor(isConsume)
  const [sent] = recorder.spans.filter(isPublish)
  expect(sent?.name).toBe(`publish ${from}`)
  expect(consume.name).toBe(`consume ${from}:${target}`)
  expect(consume.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId)
  expect(consume.attributes).not.toHaveProperty(names.RABBITMQ_DESTINATION_ROUTING_KEY)
  expect(recorder.spans.filter(isConsume)).toHaveLength(1)
})

test('R11: neither user nor password is on any span', async () => {
  const recorder = recording()
  const url = new URL(brokersFromEnvironment().amqp)
  url.username = 'guest'
  url.password = 'guest'
  const connection = instrumentAmqp(await connect(url.href))
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await consuming(channel, queue, (message) => channel.ack(message))
  await published(channel, queue)
  await recorder.waitFor(named('ack'))
  const all = JSON.stringify(recorder.spans.map(({ name, attributes, links }) => [name, attributes, links]))
  expect(all).not.toContain('guest')
  expect(all).not.toContain('amqp://')
  await connection.close()
})
