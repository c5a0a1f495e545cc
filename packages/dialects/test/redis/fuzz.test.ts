import { anything, expectHandled, headerName, hold, recordAll, sentThrough, text } from '@flowstitch/fuzz'
import {
  firstField,
  placeFacts,
  readOf,
  receivedCarrier,
  sentCarrier,
  sizeFacts,
  takeContext,
  type RedisEntry,
  type RedisText,
} from '@flowstitch/dialects/redis'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const id = fc.oneof(
  fc.tuple(fc.nat(), fc.nat()).map(([ms, sequence]) => `${ms}-${sequence}`),
  fc.constantFrom('1700000000000-0', '18446744073709551615-18446744073709551615'),
)
const field = fc.oneof(
  headerName,
  headerName.map((name) => Buffer.from(name)),
)
const fields: Arbitrary<RedisText[]> = fc
  .tuple(fc.array(fc.tuple(field, text), { maxLength: 8 }), fc.boolean())
  .map(([pairs, odd]) => pairs.flat().slice(odd ? 1 : 0))

describe('an entry of a stream, whatever it carries,', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('is handled', () => {
    const entries = fc.tuple(id, fc.oneof(fields, fc.constant(null), fc.array(anything as Arbitrary<string>)))
    const facts = ([entryId]: RedisEntry): ReturnType<typeof placeFacts> => placeFacts('orders', entryId)
    hold(fc.property(entries, (entry) => expectHandled(recorder, receivedCarrier, entry, facts)))
  })

  it('is as it was added, once the context that a traced client has put in is taken out', () => {
    hold(
      fc.property(id, fields, (entryId, added) => {
        const even = added.slice(0, added.length & ~1)
        const message = Object.freeze({ stream: 'orders', fields: Object.freeze([...even]) })
        const sent = sentThrough(recorder, sentCarrier, message, () =>
          sizeFacts(message.fields, { captureBodySize: true }),
        )
        const entry: RedisEntry = [entryId, [...sent.fields]]
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
