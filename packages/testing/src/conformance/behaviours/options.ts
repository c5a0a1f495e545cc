import { context, trace, type Span } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { Behaviour, Bench } from '../behaviour.ts'
import { isChildOf, isProcess, isSend, named, startSpan } from './spans.ts'

type Options = Parameters<Bench['open']>[0]

/** The spans of a message's sending and handling. */
async function spansWith(
  { record, open }: Bench,
  options: Options,
  message: { body: string; key?: string } = { body: 'hello' },
): Promise<{ sent: ReadableSpan; handled: ReadableSpan }> {
  const recorder = record()
  const session = await open(options)
  await session.consume(() => undefined)
  await session.send(message)
  const matches = (type: string) => (span: ReadableSpan) =>
    span.attributes[names.MESSAGING_OPERATION_TYPE] === type
  return {
    sent: await recorder.waitFor(matches('send')),
    handled: await recorder.waitFor(matches('process')),
  }
}

const SYSTEM_BEFORE_145 = 'messaging.system'

/** What users may choose. */
export const options: readonly Behaviour[] = [
  {
    name: 'hooks get the span and the message of what is sent and of what is handled',
    async run({ record, open }) {
      const recorder = record()
      const seen: unknown[] = []
      const hook = (what: string) => (span: Span, message: never) => {
        span.setAttribute('app.hook', what)
        seen.push(typeof message)
      }
      const session = await open({ onSend: hook('sent'), onProcess: hook('handled') })
      await session.consume(() => undefined)
      await session.send({ body: 'x' })
      expect((await recorder.waitFor(isSend)).attributes['app.hook']).toBe('sent')
      expect((await recorder.waitFor(isProcess)).attributes['app.hook']).toBe('handled')
      expect(seen).toEqual(['object', 'object'])
    },
  },
  {
    name: 'hooks that throw harm nothing',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({
        onSend: boom,
        onProcess: boom,
        ignore: boom,
        destinationTemplate: boom,
        relation: boom,
      })
      const { promise: handled, resolve } = Promise.withResolvers<string>()
      await session.consume(({ body }) => resolve(body))
      await session.send({ body: 'x', headers: {} })
      expect(await handled).toBe('x')
      await recorder.waitFor(isSend)
      await recorder.waitFor(isProcess)
    },
  },
  {
    name: "a destination's template stands in span names, beside its name",
    async run(bench) {
      const { sent, handled } = await spansWith(bench, { destinationTemplate: () => 'orders.*' })
      for (const span of [sent, handled]) {
        expect(span.name).toMatch(/ orders\.\*$/)
        expect(span.attributes[names.MESSAGING_DESTINATION_TEMPLATE]).toBe('orders.*')
        expect(span.attributes[names.MESSAGING_DESTINATION_NAME]).not.toBe('orders.*')
      }
    },
  },
  {
    name: 'an ignored destination is left alone',
    async run({ record, open }) {
      const recorder = record()
      const session = await open({ ignore: () => true })
      const { promise: handled, resolve } = Promise.withResolvers<Span | undefined>()
      await session.send({ body: 'x', headers: { tenant: 'blue' } })
      expect((await session.readBare()).headers).toEqual({ tenant: 'blue' })
      await session.consume(() => resolve(trace.getActiveSpan()))
      await session.send({ body: 'y' })
      expect(await handled).toBeUndefined()
      // What settles comes behind the handler.
      await session.close()
      expect(recorder.spans).toHaveLength(0)
      expect(recorder.open).toBe(0)
    },
  },
  {
    name: 'body sizes are recorded where the user wants them, and else not',
    async run(bench) {
      for (const captureBodySize of [true, undefined]) {
        const { sent, handled } = await spansWith(bench, { captureBodySize })
        for (const { attributes } of [sent, handled]) {
          const size = attributes[names.MESSAGING_MESSAGE_BODY_SIZE]
          if (captureBodySize) expect(size).toBeGreaterThanOrEqual('hello'.length)
          else expect(size).toBeUndefined()
        }
      }
    },
  },
  {
    name: 'keys are recorded unless the user wants none',
    async run(bench) {
      for (const captureKey of [undefined, false]) {
        const { sent, handled } = await spansWith(bench, { captureKey }, { body: 'x', key: 'k' })
        for (const { attributes } of [sent, handled]) {
          expect(attributes[names.KAFKA_MESSAGE_KEY]).toBe(captureKey === false ? undefined : 'k')
        }
      }
    },
  },
  {
    name: 'the names of 1.44 are written where the user wants those',
    async run(bench) {
      const { sent, handled } = await spansWith(bench, { semconv: '1.44' })
      for (const span of [sent, handled]) {
        expect(span.attributes[SYSTEM_BEFORE_145]).toBe(bench.adapter.systemBefore145 ?? bench.adapter.system)
        expect(span.instrumentationScope.schemaUrl).toBe(names.SCHEMA_URL_1_44)
        for (const changed of Object.keys(names.NAMES_BEFORE_1_45)) {
          expect(span.attributes).not.toHaveProperty([changed])
        }
      }
    },
  },
  {
    name: 'the names of both generations are written where the user wants both',
    async run(bench) {
      const { sent, handled } = await spansWith(bench, { semconv: 'dup' })
      for (const { attributes } of [sent, handled]) {
        expect(attributes[names.MESSAGING_SYSTEM_NAME]).toBe(bench.adapter.system)
        for (const [name, before] of Object.entries(names.NAMES_BEFORE_1_45)) {
          expect(name in attributes, name).toBe(before in attributes)
        }
      }
    },
  },
  {
    name: 'instrumenting twice traces once',
    async run({ record, openTwice }) {
      const recorder = record()
      const session = await openTwice()
      const request = startSpan('request')
      await context.with(trace.setSpan(context.active(), request), () => session.send({ body: 'x' }))
      request.end()
      const ended = await recorder.waitFor(named('request'))
      await session.consume(() => undefined)
      await recorder.waitFor(isProcess)
      expect(recorder.spans.filter(isSend)).toHaveLength(1)
      expect(recorder.spans.filter(isProcess)).toHaveLength(1)
      expect(isChildOf(await recorder.waitFor(isSend), ended)).toBe(true)
    },
  },
  {
    name: "a client that OpenTelemetry's own instrumentation has wrapped is traced by that alone",
    async run({ adapter, record, openWrapped }) {
      const recorder = record()
      const session = await openWrapped()
      const { promise: handled, resolve } = Promise.withResolvers<void>()
      await session.consume(() => resolve())
      await session.send({ body: 'x' })
      await handled
      await session.close()
      const scopes = recorder.spans.map(({ instrumentationScope }) => instrumentationScope.name)
      expect(scopes.filter((scope) => scope.startsWith('@opentelemetry/')).length).toBeGreaterThanOrEqual(2)
      const sends = recorder.spans.filter(isSend).map(({ instrumentationScope }) => instrumentationScope.name)
      expect(sends).not.toContain(`@flowstitch/${adapter.name}`)
    },
  },
]

function boom(): never {
  throw new Error('hook')
}
