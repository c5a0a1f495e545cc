import { diag, DiagLogLevel, type DiagLogger } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runWithContext } from '../src/context.ts'
import { processBatch } from '../src/kernel/batch.ts'
import { process } from '../src/kernel/process.ts'
import { receive } from '../src/kernel/receive.ts'
import { send } from '../src/kernel/send.ts'
import { settle } from '../src/kernel/settle.ts'
import { observe } from '../src/runtime/observe.ts'
import * as names from '../src/semconv.ts'
import { carrier, delivery, letter, testKernel } from './support.ts'

const facts = (): object => ({})
const kernel = testKernel()
const messages = [letter('a'), letter('b')]
const outgoing = { name: 'send', destination: { name: 'inbox' }, batch: true, messages, carrier, facts }

/** Whatever the user's code is called in: the answer is the user's, and so is what is thrown. */
const calls: Record<string, (work: () => unknown) => unknown> = {
  send: (work) => send(kernel, outgoing, work),
  process: (work) => process(kernel, { ...delivery, message: letter('a'), facts }, work),
  processBatch: (work) => processBatch(kernel, { ...delivery, messages, facts }, work),
  settle: (work) => settle(kernel, { name: 'ack', destination: { name: 'inbox' } }, work),
  receive: (work) => receive(kernel, { name: 'poll', carrier, messages: () => [], facts }, work),
  runWithContext: (work) => runWithContext({}, { name: 'relay' }, work),
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {})
  revoke()
  return proxy
}

/** What people have thrown, and what throws in turn when it is looked at. */
const oddErrors: Record<string, () => unknown> = {
  'an error without a constructor': () => Object.assign(new Error('odd'), { constructor: undefined }),
  'an error whose message can not be read': () =>
    Object.defineProperty(new Error('odd'), 'message', {
      get() {
        throw new Error('hidden')
      },
    }),
  'a revoked proxy': revoked,
  nothing: () => undefined,
  'a symbol': () => Symbol('odd'),
}

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(() => recorder.shutdown())

describe.each(Object.entries(calls))('%s', (_, call) => {
  describe.each(Object.entries(oddErrors))('whose work fails with %s', (_name, make) => {
    it('throws just that, and leaves no span open', () => {
      const error = make()
      let thrown: unknown = 'nothing was thrown'
      try {
        call(() => {
          throw error
        })
      } catch (caught) {
        thrown = caught
      }
      expect(Object.is(thrown, error)).toBe(true)
      expect(recorder.open).toBe(0)
      expect(recorder.spans.some(({ attributes }) => names.ERROR_TYPE in attributes)).toBe(true)
    })

    it('rejects with just that, and leaves no span open', async () => {
      const error = make()
      // Vitest can not print what can not be looked at.
      const [thrown] = await Promise.allSettled([call(() => Promise.reject(error as Error))])
      expect(thrown?.status).toBe('rejected')
      expect(Object.is((thrown as PromiseRejectedResult).reason, error)).toBe(true)
      expect(recorder.open).toBe(0)
    })
  })

  it('answers what the work answers where a processor of spans throws at their end', async () => {
    await recorder.shutdown()
    const failing: SpanProcessor = {
      onStart: () => {},
      onEnd: () => {
        throw new Error('processor')
      },
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }
    recorder = recordSpans({ processors: [failing] })
    expect(call(() => 42)).toBe(42)
    await expect(call(() => Promise.resolve(42))).resolves.toBe(42)
  })

  it('hands on an answer whose `then` can not be read', () => {
    const odd: object = new Proxy(
      {},
      {
        get(_target, name) {
          if (name === 'then') throw new Error('then')
        },
      },
    )
    expect(
      Object.is(
        call(() => odd),
        odd,
      ),
    ).toBe(true)
    expect(recorder.open).toBe(0)
  })
})

it.each(['facts', 'refused', 'coordinates'])(
  'an answer whose %s can not be read leaves no span open',
  (part) => {
    const unreadable = (): never => {
      throw new Error('answer')
    }
    const answer = send(
      kernel,
      outgoing,
      () => 'sent',
      () => ({ [part]: unreadable }),
    )
    expect(answer).toBe('sent')
    expect(recorder.open).toBe(0)
    expect(recorder.spans).toHaveLength(3)
  },
)

describe('what the user wants called', () => {
  const told: unknown[][] = []
  const logger: DiagLogger = {
    error: (...said) => void told.push(said),
    warn: () => {},
    info: () => {},
    debug: () => {},
    verbose: () => {},
  }
  beforeEach(() => {
    told.length = 0
    diag.setLogger(logger, DiagLogLevel.ALL)
  })
  afterEach(() => diag.disable())

  it('is told of once where it throws, and harms nothing', () => {
    const boom = new Error('ignore failed')
    const failing = testKernel({
      ignore: () => {
        throw boom
      },
    })
    for (let n = 0; n < 3; n++) expect(failing.traces('inbox')).toBe(true)
    expect(told).toHaveLength(1)
    expect(told[0]?.[0]).toContain('the option ignore failed')
    expect(told[0]?.[1]).toBe(boom)
  })

  it('may be async, and fail: the process goes on', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    globalThis.process.on('unhandledRejection', listen)
    try {
      const fail = (): void => Promise.reject(new Error('later')) as never
      const hooked = testKernel({ onSend: fail, onProcess: fail, onProcessBatch: fail })
      send(hooked, outgoing, () => undefined)
      process(hooked, { ...delivery, message: letter('a'), facts }, () => undefined)
      processBatch(hooked, { ...delivery, messages, facts }, () => undefined)
      await new Promise((resolve) => setImmediate(resolve))
      expect(unhandled).toEqual([])
      const steps = told.map(([said]) => String(said))
      for (const option of ['onSend', 'onProcess', 'onProcessBatch'])
        expect(steps.filter((said) => said.includes(`the option ${option} failed`))).toHaveLength(1)
    } finally {
      globalThis.process.off('unhandledRejection', listen)
    }
  })

  it('is called for each message of a span that they share', () => {
    const seen: string[] = []
    const shared = testKernel({ createSpans: 'never', onSend: (_span, { body }) => seen.push(body) })
    send(shared, outgoing, () => undefined)
    expect(seen).toEqual(['a', 'b'])
  })
})

describe('a call that is watched', () => {
  it('ends as it would where those who watch it throw', async () => {
    const boom = (): never => {
      throw new Error('watcher')
    }
    expect(observe(() => 42, boom, boom)).toBe(42)
    await expect(observe(() => Promise.resolve(42), boom, boom)).resolves.toBe(42)
    await expect(observe(() => Promise.reject(new Error('own')), boom, boom)).rejects.toThrow('own')
  })
})
