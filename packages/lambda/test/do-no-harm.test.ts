import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { wrapHandler, type SqsRecord } from '../src/index.ts'
import { sqsEvent, sqsRecord } from './events.ts'
import { deepFreeze, lambdaContext } from './support.ts'

describe.each(['without an SDK', 'with one'])('a wrapped handler, %s,', (sdk) => {
  let recorder: SpanRecorder | undefined
  beforeEach(() => {
    recorder = sdk === 'with one' ? recordSpans() : undefined
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await recorder?.shutdown()
  })

  it('gets its own this, the records themselves and all arguments, and none is changed', async () => {
    const event = deepFreeze(sqsEvent('a', 'b'))
    const before = structuredClone(event)
    const calls: unknown[][] = []
    const self = {
      handler: wrapHandler.sqs(function (this: unknown, ...args: unknown[]) {
        calls.push([this, ...args])
      }),
    }
    const context = lambdaContext()
    const signal = AbortSignal.timeout(1000)
    const called = self.handler as (...args: unknown[]) => Promise<void>
    await called.call(self, event, context, { signal })
    expect(calls).toHaveLength(2)
    for (const [n, [self_, record, given, more]] of calls.entries()) {
      expect(self_).toBe(self)
      expect(record).toBe(event.Records[n])
      expect(given).toBe(context)
      expect(more).toEqual({ signal })
    }
    expect(event).toEqual(before)
  })

  it('is called for one record after the other, and for none after a failure', async () => {
    const log: string[] = []
    const error = new Error('no')
    const handler = wrapHandler.sqs(async ({ body }) => {
      log.push(`${body} begins`)
      await Promise.resolve()
      if (body === 'b') throw error
      log.push(`${body} ends`)
    })
    await expect(handler(sqsEvent('a', 'b', 'c'), lambdaContext())).rejects.toBe(error)
    expect(log).toEqual(['a begins', 'a ends', 'b begins'])
  })

  it('is called for several records at a time where that is wanted, and waited for', async () => {
    const running = { now: 0, most: 0, ended: 0 }
    const handler = wrapHandler.sqs(
      async ({ body }) => {
        running.most = Math.max(running.most, ++running.now)
        await new Promise(setImmediate)
        running.now--
        if (body === '0') throw new Error('no')
        running.ended++
      },
      { concurrency: 3, onFailure: () => {} },
    )
    const bodies = Array.from({ length: 10 }, (_, n) => String(n))
    await expect(handler(sqsEvent(...bodies), lambdaContext())).rejects.toThrow('no')
    expect(running).toEqual({ now: 0, most: 3, ended: 2 })
  })

  it.each([undefined, null, 'text', 7, false])('may throw what is no error: %j', async (thrown) => {
    const handler = wrapHandler.sqs(() => {
      throw thrown
    })
    await expect(handler(sqsEvent('a'), lambdaContext())).rejects.toBe(thrown)
  })

  it('has what failed told, where the function does not fail with it', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => {})
    const handler = wrapHandler.sqs(
      ({ body }) => {
        if (body !== 'good') throw new Error(body)
      },
      { partialFailures: true },
    )
    await handler(sqsEvent('bad', 'good'), lambdaContext())
    expect(errors.mock.calls).toEqual([[new Error('bad')]])
    await expect(handler(sqsEvent('one', 'two'), lambdaContext())).rejects.toThrow('one')
    expect(errors.mock.calls.slice(1)).toEqual([[new Error('two')]])
  })

  it('answers for none where that is wanted, though all have failed', async () => {
    const failing = (): never => {
      throw new Error('no')
    }
    const options = { partialFailures: { throwOnFullBatchFailure: false }, onFailure: () => {} }
    const event = sqsEvent('a', 'b')
    const ids = event.Records.map(({ messageId }) => ({ itemIdentifier: messageId }))
    const answer = await wrapHandler.sqs(failing, options)(event, lambdaContext())
    expect(answer).toEqual({ batchItemFailures: ids })
  })

  it('fails as a whole where a record that failed has no name', async () => {
    const handler = wrapHandler.sqs(
      ({ body }) => {
        if (body === 'bad') throw new Error(body)
      },
      { partialFailures: true },
    )
    const event = { Records: [sqsRecord('good'), sqsRecord('bad', { messageId: '' })] }
    await expect(handler(event, lambdaContext())).rejects.toThrow('bad')
  })

  it('answers an event without records', async () => {
    expect(await wrapHandler.sqs(() => {})(sqsEvent(), lambdaContext())).toBeUndefined()
    const partial = wrapHandler.sqs(() => {}, { partialFailures: true })
    expect(await partial(sqsEvent(), lambdaContext())).toEqual({ batchItemFailures: [] })
  })

  it.each([null, undefined, 'text', 7, {}, { Records: 'none' }, { Records: null }])(
    'is not called for what is no event of its source: %j',
    async (event) => {
      const handler = vi.fn<(record: SqsRecord) => void>()
      const answer = wrapHandler.sqs(handler)(event, lambdaContext())
      await expect(answer).rejects.toThrow(new TypeError('the event has no records of aws.sqs'))
      expect(handler).not.toHaveBeenCalled()
    },
  )

  it('of whole events gets any, and its answer is the answer', async () => {
    const handler = wrapHandler.auto((event: unknown) => ({ event }))
    for (const event of [null, undefined, 'text', {}, { Records: [null] }, sqsEvent('a')]) {
      expect(await handler(event, lambdaContext())).toEqual({ event })
    }
  })

  it('is refused where it has a callback', () => {
    const withCallback = (_event: unknown, _context: unknown, callback: () => void): void => callback()
    expect(() => wrapHandler.auto(withCallback as never)).toThrow(TypeError)
  })

  it('runs without a context', async () => {
    const handler = wrapHandler.sqs(({ body }) => body, { partialFailures: true })
    const called = handler as (event: unknown) => Promise<unknown>
    expect(await called(sqsEvent('a', 'b'))).toEqual({ batchItemFailures: [] })
  })
})

it('a handler of whole events is called as it is without an SDK', () => {
  const answer = {}
  expect(wrapHandler.auto(() => answer)(sqsEvent('a'), lambdaContext())).toBe(answer)
})

it('hooks of the user that throw, or reject, harm nothing', async () => {
  const recorder = recordSpans()
  const fails = (): never => {
    throw new Error('hook')
  }
  const rejects = (): Promise<never> => Promise.reject(new Error('hook'))
  const asked = { relation: fails, ignore: fails, destinationTemplate: fails, partialFailures: true }
  for (const told of [fails, rejects]) {
    const options = { ...asked, onProcess: told, onFailure: told }
    const handler = wrapHandler.sqs(({ body }) => {
      if (body === 'bad') throw new Error('no')
    }, options)
    const event = sqsEvent('good', 'bad')
    expect(await handler(event, lambdaContext({ getRemainingTimeInMillis: fails }))).toEqual({
      batchItemFailures: [{ itemIdentifier: event.Records[1]?.messageId }],
    })
  }
  await recorder.shutdown()
})
