import { headerName, hold, recordAll, text } from '@flowstitch/fuzz'
import type { RedisText } from '@flowstitch/dialects/redis'
import type { SpanRecorder } from '@flowstitch/testing'
import fc, { type Arbitrary } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processRedis } from '../src/index.ts'

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

describe('processRedis', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('handles a reply of any shape as far as there are entries in it', async () => {
    const replies = fc.oneof(
      fc.anything(),
      fc.array(fc.tuple(fc.anything(), fc.array(fc.tuple(id, fields)))),
      fc.dictionary(headerName, fc.array(fc.tuple(id, fields))),
    )
    await hold(
      fc.asyncProperty(replies, async (reply) => {
        recorder.clear()
        const { open } = recorder
        let handled = 0
        await processRedis(reply as null, () => void handled++)
        expect(recorder.open).toBe(open)
        expect(recorder.spans).toHaveLength(handled)
      }),
    )
  })
})
