import { entryFields, entryId, headerName, hold, recordAll } from '@flowstitch/fuzz'
import type { SpanRecorder } from '@flowstitch/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processRedis } from '../src/index.ts'

describe('processRedis', () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordAll()
  })
  afterEach(() => recorder.shutdown())

  it('handles a reply of any shape as far as there are entries in it', async () => {
    const replies = fc.oneof(
      fc.anything(),
      fc.array(fc.tuple(fc.anything(), fc.array(fc.tuple(entryId, entryFields)))),
      fc.dictionary(headerName, fc.array(fc.tuple(entryId, entryFields))),
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
