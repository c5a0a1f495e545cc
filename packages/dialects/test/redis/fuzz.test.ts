import {
  anything,
  entryFields,
  entryId,
  expectHandled,
  headerName,
  hold,
  recordAll,
  sentThrough,
  text,
} from '@flowstitch/fuzz'
import {
  codecOf,
  firstField,
  firstPayload,
  payloadFacts,
  placeFacts,
  popOf,
  readOf,
  receivedCarrier,
  receivedMessage,
  receivedPayloadCarrier,
  sentCarrier,
  sentMessage,
  sentPayloadCarrier,
  sizeFacts,
  takeContext,
  type RedisEntry,
  type RedisText,
} from '@flowstitch/dialects/redis'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('an entry of a stream, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const entries = fc.tuple(
      entryId,
      fc.oneof(entryFields, fc.constant(null), fc.array(anything as Arbitrary<string>)),
    )
    const facts = ([entryId]: RedisEntry): ReturnType<typeof placeFacts> => placeFacts('orders', entryId)
    hold(fc.property(entries, (entry) => expectHandled(recorder, receivedCarrier, entry, facts)))
  })

  it('is as it was added, once the context that a traced client has put in is taken out', () => {
    hold(
      fc.property(entryId, entryFields, (id, added) => {
        const even = added.slice(0, added.length & ~1)
        const message = Object.freeze({ stream: 'orders', fields: Object.freeze([...even]) })
        const sent = sentThrough(recorder, sentCarrier, message, () =>
          sizeFacts(message.fields, { captureBodySize: true }),
        )
        const entry: RedisEntry = [id, [...sent.fields]]
        expect(takeContext(entry)).toBe(sent !== message)
        expect(entry[1]).toEqual(even)
      }),
    )
  })

  it('is added with arguments of any kind as far as our reading of them goes', () => {
    const words = fc.oneof(anything, fc.constantFrom('*', 'MAXLEN', '~', 'NOMKSTREAM', '1-1', 'STREAMS', '>'))
    hold(
      fc.property(fc.array(words), (args) => {
        const from = firstField(args)
        expect(from === undefined || (from > 1 && (args.length - from) % 2 === 0)).toBe(true)
        for (const name of ['xread', 'xreadgroup', 'xclaim', 'xautoclaim']) {
          for (const stream of readOf(name, args)?.streams ?? []) expect(stream).toBeTypeOf('string')
        }
      }),
    )
  })
})

const json = fc
  .tuple(fc.jsonValue(), fc.constantFrom('', ' ', '\n'))
  .map(([value, space]) => space + JSON.stringify(value, null, space))
const context = fc.dictionary(headerName, text.map(String))
const likeOurs = fc.tuple(context, fc.jsonValue(), fc.constantFrom(0, 1, 2)).map(([h, d, kind]) =>
  JSON.stringify(
    [
      { _otel: h, d },
      { d, _otel: h },
      { v: 1, h, d: JSON.stringify(d) },
    ][kind],
  ),
)
const payload: Arbitrary<RedisText> = fc
  .tuple(fc.oneof(text, json, likeOurs), fc.boolean())
  .map(([given, bytes]) => (bytes ? Buffer.from(given as string) : given))

describe('a payload, whatever it is,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it.each(['merge', 'envelope'] as const)('is handled (%s)', (format) => {
    const codec = codecOf({ orders: format }, 'orders')!
    hold(
      fc.property(payload, (given) => {
        expectHandled(recorder, receivedPayloadCarrier, receivedMessage(codec, 'orders', given), (message) =>
          payloadFacts(message, { captureBodySize: true }),
        )
      }),
    )
  })

  it.each(['merge', 'envelope'] as const)(
    'is read as without a context, once one was put in (%s)',
    (format) => {
      const codec = codecOf({ orders: format }, 'orders')!
      hold(
        fc.property(payload, (given) => {
          const sent = sentThrough(
            recorder,
            sentPayloadCarrier,
            Object.freeze(sentMessage(codec, 'orders', given)),
            (message) => payloadFacts(message, {}),
          )
          const bare = (stored: RedisText): RedisText =>
            typeof stored === 'string' ? Buffer.from(stored).toString() : stored
          const read = (stored: RedisText): RedisText =>
            receivedMessage(codec, 'orders', bare(stored)).payload
          expect(read(sent.payload)).toEqual(read(given))
        }),
      )
    },
  )

  it('is found in commands of any arguments as far as our reading of them goes', () => {
    const names = ['lpush', 'publish', 'lpop', 'blpop', 'lmpop', 'blmpop', 'lmove', 'rpoplpush']
    hold(
      fc.property(fc.constantFrom(...names), fc.array(anything), anything, (name, args, reply) => {
        expect(firstPayload(name, args) ?? 0).toBeLessThanOrEqual(args.length)
        const pop = popOf(name, args)
        for (const list of pop?.lists ?? []) expect(list).toBeTypeOf('string')
        pop?.mapped(reply, (_, value) => value)
      }),
    )
  })
})
