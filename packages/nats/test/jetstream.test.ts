import { context, SpanKind, trace } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { jetstream, jetstreamManager, type JetStreamClient, type JsMsg } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentNats, processNats } from '../src/index.ts'
import { createConsumer } from './session.ts'
import { connectNats, createStream } from './support.ts'

let recorder: SpanRecorder
let nc: NatsConnection
let js: JetStreamClient
let stream: string

beforeEach(async () => {
  recorder = recordSpans()
  nc = instrumentNats(await connectNats())
  stream = await createStream(nc, (name) => [name, `${name}.>`])
  js = instrumentNats(jetstream(nc))
})

afterEach(async () => {
  await (await jetstreamManager(nc)).streams.delete(stream)
  await nc.close()
  await recorder.shutdown()
})

const isSend = (span: { name: string }): boolean => span.name.startsWith('publish')
const isProcess = (span: { name: string }): boolean => span.name.startsWith('process')
const isSettle = ({ attributes }: { attributes: object }): boolean =>
  (attributes as Record<string, unknown>)[names.MESSAGING_OPERATION_TYPE] === 'settle'

async function collect(count: number, handle: (message: JsMsg) => unknown, ackWait?: number): Promise<void> {
  const messages = await (await createConsumer(js, stream, { ack_wait: ackWait })).consume()
  let handled = 0
  for await (const message of messages) {
    await processNats(message, handle)
    if (++handled === count) break
  }
}

describe('publish', () => {
  it("is one span that ends with the stream's answer", async () => {
    const ack = await js.publish(`${stream}.a`, 'x')
    const span = await recorder.waitFor(isSend)
    expect(ack).toMatchObject({ stream, seq: 1, duplicate: false })
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `nats/${stream}/1`,
      [names.MESSAGING_MESSAGE_ID]: '1',
    })
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_DUPLICATE]).toBeUndefined()
    expect(recorder.spans).toHaveLength(1)
  })

  it('says that the stream had the message already', async () => {
    const mine = headers()
    await js.publish(stream, 'x', { msgID: 'order-1', headers: mine })
    const { duplicate } = await js.publish(stream, 'x', { msgID: 'order-1', headers: mine })
    expect(duplicate).toBe(true)
    expect(mine.keys()).toEqual([])
    const [first, second] = await recorder.waitForAll(isSend, 2)
    for (const span of [first, second]) {
      expect(span?.attributes).toMatchObject({
        [names.FLOWSTITCH_MESSAGE_COORDINATE]: `nats/${stream}/1`,
        [names.MESSAGING_MESSAGE_ID]: 'order-1',
      })
    }
    expect(second?.attributes[names.FLOWSTITCH_MESSAGE_DUPLICATE]).toBe(true)
  })

  it('is one span too where the client repeats it, and fails with the error of the last try', async () => {
    const nowhere = `nowhere-${stream}`
    await expect(js.publish(nowhere, 'x', { retries: 3, timeout: 100 })).rejects.toMatchObject({
      name: 'JetStreamNotEnabled',
    })
    const span = await recorder.waitFor(isSend)
    expect(span.attributes[names.ERROR_TYPE]).toBe('JetStreamNotEnabled')
    expect(recorder.spans).toHaveLength(1)
  })

  it("names a refusal by the number of JetStream's API", async () => {
    const wrong = js.publish(stream, 'x', { expect: { lastSequence: 77 } })
    await expect(wrong).rejects.toMatchObject({ name: 'JetStreamApiError' })
    expect((await recorder.waitFor(isSend)).attributes[names.ERROR_TYPE]).toBe('10071')
  })

  it('keeps a context that the user has put on the message, and traces it once', async () => {
    const mine = headers()
    mine.set('traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)
    await js.publish(stream, 'x', { headers: mine })
    expect((await recorder.waitFor(isSend)).kind).toBe(SpanKind.CLIENT)
    expect(recorder.spans).toHaveLength(1)
  })

  it('is traced as a request where only the connection was instrumented', async () => {
    const ack = await jetstream(nc).publish(stream, 'x')
    expect(ack.seq).toBe(1)
    await recorder.waitFor((span) => span.name === `request ${stream}`)
    expect(recorder.spans).toHaveLength(1)
  })

  it('is traced where only the JetStream client was instrumented', async () => {
    const bare = await connectNats()
    await instrumentNats(jetstream(bare)).publish(stream, 'x')
    await recorder.waitFor(isSend)
    expect(recorder.spans).toHaveLength(1)
    await bare.close()
  })
})

describe('consume', () => {
  it('tells where a message stood, by whom it is consumed, and when it came to the broker', async () => {
    const before = Date.now()
    await js.publish(stream, 'x', { msgID: 'order-1' })
    let consumer: string | undefined
    await collect(1, (message) => {
      consumer = message.info.consumer
      message.ack()
    })
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_COORDINATE]: `nats/${stream}/1`,
      [names.MESSAGING_MESSAGE_ID]: 'order-1',
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 1,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: consumer,
      [names.FLOWSTITCH_SETTLEMENT]: 'ack',
    })
    expect(span.attributes[names.FLOWSTITCH_MESSAGE_BROKER_TIME]).toBeGreaterThanOrEqual(before)
  })

  it('links a redelivery to its message, in a trace of its own, and sees each settlement', async () => {
    await js.publish(stream, 'x')
    await collect(2, (message) => (message.info.deliveryCount === 1 ? message.nak() : message.ack()))
    const [first, second] = await recorder.waitForAll(isProcess, 2)
    const sent = await recorder.waitFor(isSend)
    expect(first?.attributes[names.FLOWSTITCH_SETTLEMENT]).toBe('nak')
    expect(second?.attributes).toMatchObject({
      [names.FLOWSTITCH_MESSAGE_ATTEMPT]: 2,
      [names.FLOWSTITCH_RELATION]: 'link',
      [names.FLOWSTITCH_RELATION_REASON]: 'redelivery',
      [names.FLOWSTITCH_SETTLEMENT]: 'ack',
    })
    expect(second?.links[0]?.context.spanId).toBe(sent.spanContext().spanId)
    const [nak, ack] = await recorder.waitForAll(isSettle, 2)
    expect(nak).toMatchObject({ name: `nak ${stream}`, status: { code: 0 } })
    expect(nak?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId)
    expect(ack).toMatchObject({ name: `ack ${stream}`, kind: SpanKind.CLIENT })
    expect(ack?.parentSpanContext?.spanId).toBe(second?.spanContext().spanId)
  })

  it('settles once, however often it is asked, and asking for time settles nothing', async () => {
    await js.publish(stream, 'x')
    await collect(1, async (message) => {
      message.working()
      expect(await message.ackAck()).toBe(true)
      message.ack()
      message.term()
    })
    await recorder.waitFor(isProcess)
    expect(recorder.spans.filter(isSettle).map(({ name }) => name)).toEqual([`ack ${stream}`])
  })

  it('makes no span for settling what nobody has handled', async () => {
    await js.publish(stream, 'x')
    for await (const message of await (await createConsumer(js, stream)).fetch({ max_messages: 1 }))
      message.ack()
    expect(recorder.spans.filter(isSettle)).toHaveLength(0)
  })

  it('handles the messages of a callback in the context of each, until their promises end', async () => {
    const consumer = await createConsumer(js, stream)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const messages = await consumer.consume({
      // The types would have a promise that never ends well.
      callback: (async (message: JsMsg) => {
        await released
        trace.getTracer('test').startSpan(`work on ${message.string()}`).end()
        message.ack()
      }) as (message: JsMsg) => Promise<never>,
    })
    await js.publish(stream, 'a')
    await js.publish(stream, 'b')
    expect(recorder.spans.filter(isProcess)).toHaveLength(0)
    release()
    const spans = await recorder.waitForAll(isProcess, 2)
    const works = await recorder.waitForAll((span) => span.name.startsWith('work'), 2)
    expect(new Set(works.map((work) => work.parentSpanContext?.spanId))).toEqual(
      new Set(spans.map((span) => span.spanContext().spanId)),
    )
    await messages.close()
  })

  it('stops, as it does without us, when a callback throws', async () => {
    const consumer = await createConsumer(js, stream)
    const boom = new RangeError('boom')
    const messages = await consumer.consume({
      callback() {
        throw boom
      },
    })
    await js.publish(stream, 'x')
    expect(await messages.closed()).toBe(boom)
    expect((await recorder.waitFor(isProcess)).attributes[names.ERROR_TYPE]).toBe('RangeError')
  })

  it('handles the messages of a push consumer once', async () => {
    const manager = await jetstreamManager(nc)
    const deliver_subject = `deliver-${stream}`
    await manager.consumers.add(stream, { durable_name: 'push', deliver_subject, idle_heartbeat: 5e8 })
    const consumer = await js.consumers.getPushConsumer(stream, 'push')
    await consumer.consume({ callback: () => undefined })
    await js.publish(stream, 'x')
    const span = await recorder.waitFor(isProcess)
    expect(span.name).toBe(`process ${stream}`)
    await js.publish(stream, 'y')
    expect(await recorder.waitForAll(isProcess, 2)).toHaveLength(2)
  })

  it('wraps the consumers that a stream hands out too', async () => {
    const { durable_name = '' } = (await (await createConsumer(js, stream)).info()).config
    const consumer = await (await js.streams.get(stream)).getConsumer(durable_name)
    await consumer.consume({ callback: (message) => message.ack() })
    await js.publish(stream, 'x')
    expect((await recorder.waitFor(isProcess)).name).toBe(`process ${stream}`)
  })
})

describe('next', () => {
  it('is a receive span that links to the message; handling it is another', async () => {
    await js.publish(stream, 'x')
    const consumer = await createConsumer(js, stream)
    const job = trace.getTracer('test').startSpan('job')
    await context.with(trace.setSpan(context.active(), job), async () => {
      const message = await consumer.next()
      processNats(message!, (given) => given.ack())
    })
    job.end()
    const received = await recorder.waitFor((span) => span.name.startsWith('next'))
    const handled = await recorder.waitFor(isProcess)
    const sent = await recorder.waitFor(isSend)
    expect(received.kind).toBe(SpanKind.CLIENT)
    expect(received.parentSpanContext?.spanId).toBe(job.spanContext().spanId)
    expect(received.links[0]?.context.spanId).toBe(sent.spanContext().spanId)
    expect(handled.links.map((link) => link.context.spanId)).toEqual([
      sent.spanContext().spanId,
      job.spanContext().spanId,
    ])
  })

  it('that brings nothing makes no span', async () => {
    const consumer = await createConsumer(js, stream)
    expect(await consumer.next({ expires: 1000 })).toBeNull()
    expect(recorder.spans).toHaveLength(0)
  })
})

describe('options', () => {
  it('of the connection hold for its JetStream clients, which may have their own', async () => {
    const other = instrumentNats(await connectNats(), { destinationTemplate: () => 'all' })
    await instrumentNats(jetstream(other)).publish(`${stream}.1`, 'x')
    await instrumentNats(jetstream(nc), { destinationTemplate: () => 'own' }).publish(`${stream}.1`, 'x')
    const sent = await recorder.waitForAll(isSend, 2)
    expect(sent.map(({ name }) => name)).toEqual(['publish all', `publish ${stream}.1`])
    await other.close()
  })
})
