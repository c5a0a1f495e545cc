import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { SpanKind } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { createInbox, headers, type Msg, type NatsConnection } from '@nats-io/nats-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { instrumentNats, processNats, type NatsOptions } from '../src/index.ts'
import { incoming } from './session.ts'
import { connectNats } from './support.ts'

const connections: NatsConnection[] = []
let recorder: SpanRecorder
let subject: string

beforeEach(() => {
  recorder = recordSpans()
  subject = `test-${randomUUID()}`
})

afterEach(async () => {
  await Promise.all(connections.splice(0).map((nc) => nc.close()))
  await recorder.shutdown()
})

async function bare(): Promise<NatsConnection> {
  const nc = await connectNats()
  connections.push(nc)
  return nc
}

async function traced(options?: NatsOptions): Promise<NatsConnection> {
  return instrumentNats(await bare(), options)
}

/** The next message on the test's subject, as a client without instrumentation sees it. */
async function nextBare(): Promise<() => Promise<Msg>> {
  const nc = await bare()
  const message = Promise.withResolvers<Msg>()
  nc.subscribe(subject, { max: 1, callback: (_, msg) => message.resolve(msg) })
  await nc.flush()
  return () => message.promise
}

const isProcess = (span: { name: string }): boolean => span.name.startsWith('process')

describe('publish and subscribe', () => {
  it('handles a message of a callback in the trace of its publish', async () => {
    const nc = await traced()
    nc.subscribe(subject, { callback: () => undefined })
    nc.publish(subject, 'x')
    const span = await recorder.waitFor(isProcess)
    const sent = await recorder.waitFor((one) => one.name === `publish ${subject}`)
    expect(sent.kind).toBe(SpanKind.PRODUCER)
    expect(sent.attributes).toMatchObject({
      [names.SERVER_ADDRESS]: '127.0.0.1',
      [names.SERVER_PORT]: Number(nc.getServer().split(':')[1]),
      [names.MESSAGING_CLIENT_ID]: String(nc.info?.client_id),
    })
    expect(span.parentSpanContext?.spanId).toBe(sent.spanContext().spanId)
    expect(span.links[0]?.context.spanId).toBe(sent.spanContext().spanId)
  })

  it('names the spans of a wildcard subscription after its pattern, and knows its queue group', async () => {
    const nc = await traced()
    nc.subscribe(`${subject}.*`, { queue: 'workers', callback: () => undefined })
    nc.publish(`${subject}.4711`, 'x')
    const span = await recorder.waitFor(isProcess)
    expect(span.name).toBe(`process ${subject}.*`)
    expect(span.attributes).toMatchObject({
      [names.MESSAGING_DESTINATION_NAME]: `${subject}.4711`,
      [names.MESSAGING_DESTINATION_TEMPLATE]: `${subject}.*`,
      [names.MESSAGING_CONSUMER_GROUP_NAME]: 'workers',
    })
  })

  it('handles the messages of an iterator with processNats', async () => {
    const nc = await traced()
    const subscription = nc.subscribe(`${subject}.>`, { max: 2 })
    nc.publish(`${subject}.a`, 'a')
    nc.publish(`${subject}.b`, 'b')
    const bodies: string[] = []
    for await (const message of subscription) {
      bodies.push(await processNats(message, async (given) => given.string()))
    }
    expect(bodies).toEqual(['a', 'b'])
    const spans = await recorder.waitForAll(isProcess, 2)
    for (const span of spans) expect(span.name).toBe(`process ${subject}.>`)
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(2)
  })

  it('gives reply inboxes no name', async () => {
    const nc = await traced()
    nc.publish(createInbox(), 'a reply')
    const span = await recorder.waitFor(
      (one) => one.attributes[names.MESSAGING_DESTINATION_TEMPORARY] === true,
    )
    expect(span.name).toBe('publish')
  })

  it('publishes what publishMessage is given, once', async () => {
    const nc = await traced()
    const message = await nextBare()
    const inner = Promise.withResolvers<Msg>()
    nc.subscribe(`${subject}.in`, { callback: (_, msg) => inner.resolve(msg) })
    nc.publish(`${subject}.in`, 'x')
    nc.publishMessage(Object.create(await inner.promise, { subject: { value: subject } }) as Msg)
    expect((await message()).string()).toBe('x')
    expect(recorder.spans.filter((span) => span.name === `publish ${subject}`)).toHaveLength(1)
  })
})

describe('request', () => {
  for (const noMux of [false, true]) {
    it(`is one span that ends with the reply (noMux: ${noMux})`, async () => {
      const nc = await traced()
      const responder = await bare()
      const seen = Promise.withResolvers<string | undefined>()
      responder.subscribe(subject, {
        callback(_, message) {
          seen.resolve(message.headers?.get('traceparent'))
          message.respond('pong')
        },
      })
      await responder.flush()
      const reply = await nc.request(subject, 'ping', { timeout: 5000, noMux })
      expect(reply.string()).toBe('pong')
      const span = await recorder.waitFor((one) => one.name === `request ${subject}`)
      const { traceId, spanId } = span.spanContext()
      expect(await seen.promise).toBe(`00-${traceId}-${spanId}-01`)
      expect(recorder.spans).toHaveLength(1)
    })
  }

  it('fails with no_responders where nobody listens, and with timeout where nobody answers', async () => {
    const nc = await traced()
    await expect(nc.request(subject)).rejects.toMatchObject({ name: 'RequestError' })
    ;(await bare()).subscribe(`${subject}.mute`, { callback: () => undefined })
    await connections.at(-1)?.flush()
    await expect(nc.request(`${subject}.mute`, '', { timeout: 50 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    const spans = await recorder.waitForAll((span) => span.name.startsWith('request'), 2)
    expect(spans.map((span) => span.attributes[names.ERROR_TYPE])).toEqual(['no_responders', 'timeout'])
  })
})

describe('harm', () => {
  it('is not done to headers and options: they may be shared, frozen, and are never written to', async () => {
    const nc = await traced()
    const mine = headers()
    mine.append('Tenant', 'blue')
    mine.append('Tenant', 'green')
    const first = await nextBare()
    nc.publish(subject, 'x', Object.freeze({ headers: mine }))
    expect((await first()).headers?.values('Tenant')).toEqual(['blue', 'green'])
    expect((await first()).headers?.has('traceparent')).toBe(true)
    expect(mine.keys()).toEqual(['Tenant'])
  })

  it("is not done to subjects of the server's own", async () => {
    const nc = await traced()
    await nc.request('$SYS.REQ.USER.INFO')
    nc.publish('$JS.API.INFO', '')
    await nc.flush()
    expect(recorder.spans).toHaveLength(0)
  })

  it('leaves the context out of a message that it would make too large', async () => {
    const nc = await traced()
    const message = await nextBare()
    const largest = nc.info?.max_payload ?? 0
    nc.publish(subject, new Uint8Array(largest))
    expect((await message()).data).toHaveLength(largest)
    expect((await message()).headers).toBeUndefined()
    await recorder.waitFor((span) => span.name === `publish ${subject}`)
  })

  it('leaves messages alone where the server has no headers', async () => {
    const nc = await traced()
    Object.defineProperty(nc, 'info', { value: { ...nc.info, headers: undefined } })
    const message = await nextBare()
    nc.publish(subject, 'x')
    expect((await message()).headers).toBeUndefined()
    expect(recorder.spans).toHaveLength(0)
  })

  it('sends a message whose headers the propagator has garbled', async () => {
    await recorder.shutdown()
    recorder = recordSpans({
      propagator: {
        inject: (_, carrier, setter) => setter.set(carrier, 'traceparent', 'one\r\ntwo: three'),
        extract: (context) => context,
        fields: () => ['traceparent'],
      },
    })
    const nc = await traced()
    const message = await nextBare()
    nc.publish(subject, 'x')
    const { traceId, spanId } = (
      await recorder.waitFor((one) => one.name === `publish ${subject}`)
    ).spanContext()
    expect(incoming(await message())).toMatchObject({
      body: 'x',
      headers: { traceparent: `00-${traceId}-${spanId}-01` },
    })
  })

  it('handles a message whose headers the client refuses to read', async () => {
    const nc = await traced()
    const received = Promise.withResolvers<Msg>()
    nc.subscribe(subject, { callback: (_, message) => received.resolve(message) })
    const hostile = headers()
    const raw = hostile as unknown as { headers: Map<string, string[]> }
    raw.headers.set('no name of \u{1f600}', ['x'])
    raw.headers.set('traceparent', ['garbage'])
    ;(await bare()).publish(subject, 'x', { headers: hostile })
    const message = await received.promise
    expect(message.string()).toBe('x')
    expect(() => message.headers).toThrow(/header/)
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes[names.FLOWSTITCH_RELATION_REASON]).toBe('no-context')
  })

  it('joins a tracestate of several headers, in whatever case', async () => {
    const nc = await traced()
    nc.subscribe(subject, { callback: () => undefined })
    const foreign = headers()
    foreign.append('Traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)
    foreign.append('Tracestate', 'one=1')
    foreign.append('Tracestate', 'two=2')
    ;(await bare()).publish(subject, 'x', { headers: foreign })
    const span = await recorder.waitFor(isProcess)
    expect(span.spanContext().traceId).toBe('a'.repeat(32))
    expect(span.links[0]?.context.traceState?.serialize()).toBe('one=1,two=2')
  })

  it('leaves the rejection of a callback unhandled, as it is without us', async () => {
    const nc = await traced()
    const boom = new Error('boom')
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    try {
      const unhandled = once(process, 'unhandledRejection')
      nc.subscribe(subject, { callback: () => Promise.reject(boom) })
      nc.publish(subject, 'x')
      expect((await unhandled)[0]).toBe(boom)
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
    const span = await recorder.waitFor(isProcess)
    expect(span.attributes[names.ERROR_TYPE]).toBe('Error')
  })

  it('keeps the errors of a closed connection and of a bad subject', async () => {
    const nc = await traced()
    expect(() => nc.publish('')).toThrow(expect.objectContaining({ name: 'InvalidSubjectError' }))
    expect(() => nc.publish(subject, 5 as never)).toThrow(TypeError)
    await nc.close()
    expect(() => nc.publish(subject)).toThrow(expect.objectContaining({ name: 'ClosedConnectionError' }))
    const spans = await recorder.waitForAll((span) => span.name.startsWith('publish'), 2)
    expect(spans.map((span) => span.attributes[names.ERROR_TYPE])).toEqual([
      'TypeError',
      'ClosedConnectionError',
    ])
  })
})
