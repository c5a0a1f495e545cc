import { SpanStatusCode } from '@opentelemetry/api'
import { brokersFromEnvironment } from '@flowstitch/brokers'
import * as names from '@flowstitch/core/semconv'
import { connect } from 'amqplib'
import { expect, onTestFinished, test, vi } from 'vitest'
import { instrumentAmqp, processAmqp } from '../src/index.ts'
import { openCable } from './cable.ts'
import { isConsume, isPublish, named, settlementOf } from './spans.ts'
import { consuming, nextCall, published, recording } from './support.ts'

const A_WEEK = 7 * 24 * 3_600_000

/** From before anything of ours is made, so that whatever timer it would set is one of these; amqplib's heartbeats are none. */
function fakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'Date'] })
  onTestFinished(() => void vi.useRealTimers())
}

test('R5: no timer decides: what is open stays so for a week, and then ends with the truth', async () => {
  const recorder = recording()
  const cable = await openCable()
  const connection = await connect(brokersFromEnvironment().amqp)
  onTestFinished(() => connection.close())
  const mute = await connect(cable.url)
  mute.on('error', () => {})
  fakeTimers()
  instrumentAmqp(connection)
  instrumentAmqp(mute)
  const [channel, confirming] = [await connection.createChannel(), await connection.createConfirmChannel()]
  const { queue: settledLate } = await channel.assertQueue('', { exclusive: true })
  const { queue: handledLate } = await channel.assertQueue('', { exclusive: true })
  const { queue: pulled } = await channel.assertQueue('', { exclusive: true })
  const work = Promise.withResolvers<void>()
  const started = nextCall()
  await consuming(channel, settledLate, () => {})
  await consuming(channel, handledLate, (message) => {
    channel.ack(message)
    started.call()
    return work.promise
  })
  for (const queue of [settledLate, handledLate, pulled]) await published(confirming, queue)
  await started.called
  const got = await channel.get(pulled)
  if (!got) throw new Error('there is one')
  const handling = processAmqp(got, () => work.promise)
  const unanswered = await mute.createConfirmChannel()
  cable.holdAnswers()
  unanswered.publish('', 'nobody', Buffer.from('x'), { mandatory: true })
  const before = recorder.spans.length

  expect(recorder.open).toBe(4)
  await vi.advanceTimersByTimeAsync(A_WEEK)
  expect(recorder.open).toBe(4)
  expect(recorder.spans).toHaveLength(before)
  // Nor does what comes later look back.
  await published(confirming, settledLate)
  await expect.poll(() => recorder.open).toBe(5)

  channel.ackAll()
  work.resolve()
  await handling
  const handled = [...(await recorder.waitForAll(isConsume, 3)), await recorder.waitFor(named('process'))]
  expect(handled.map(settlementOf)).toEqual(['ack', 'ack', 'ack', 'ack'])
  expect(handled.map(({ status }) => status.code)).toEqual(handled.map(() => SpanStatusCode.UNSET))
  cable.cut()
  const publishes = await recorder.waitForAll(isPublish, 5)
  expect(publishes.map(({ attributes }) => attributes[names.ERROR_TYPE])).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'channel-closed',
  ])
  expect(recorder.open).toBe(0)
})
