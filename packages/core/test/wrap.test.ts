import { describe, expect, it, vi } from 'vitest'
import { isActive } from '../src/runtime/active.ts'
import { observe } from '../src/runtime/observe.ts'
import { wrapMethod } from '../src/runtime/wrap.ts'

class Client {
  greeting = 'hello'
  greet(name: string): string {
    return `${this.greeting} ${name}`
  }
}

describe('wrapping a method', () => {
  it('changes one object, keeps name and length, and happens once', () => {
    const client = new Client()
    const make = (original: Client['greet']) =>
      function traced(this: Client, name: string) {
        return original.call(this, `${name}!`)
      }
    wrapMethod(client, 'greet', make)
    wrapMethod(client, 'greet', make)
    expect(client.greet('you')).toBe('hello you!')
    expect(client.greet.name).toBe('greet')
    expect(client.greet.length).toBe(1)
    expect(Object.keys(client)).toEqual(['greeting'])
    expect(new Client().greet('you')).toBe('hello you')
  })
})

describe('observing a call', () => {
  it('learns of the end before the caller does, and hands over the value', async () => {
    const order: string[] = []
    const observed = observe(
      async () => 'value',
      (value) => order.push(`observer ${value}`),
      () => order.push('failed'),
    )
    order.push(`caller ${await observed}`)
    expect(order).toEqual(['observer value', 'caller value'])
  })

  it.each(['fulfilled', 'rejected'])('is %s before anything else has a turn, if the call is', async (how) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const order: string[] = []
    const ended = (): void => void order.push('caller')
    observe(
      () => promise,
      () => {},
    ).then(ended, ended)
    setImmediate(() => order.push('next turn'))
    if (how === 'fulfilled') resolve(1)
    else reject(new Error('own'))
    await expect.poll(() => order).toEqual(['caller', 'next turn'])
  })

  it('hands over the very value of a call that answers at once', () => {
    const value = {}
    const none = (): void => {}
    expect(observe(() => value, none, none)).toBe(value)
  })

  it('leaves a rejection that nobody handles unhandled', async () => {
    const errors: unknown[] = []
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    const unhandled = new Promise((resolve) => process.once('unhandledRejection', resolve))
    void observe(
      () => Promise.reject(new Error('boom')),
      () => {},
      (error) => errors.push(error),
    )
    const reason = await unhandled
    for (const listener of listeners) process.on('unhandledRejection', listener)
    expect(reason).toEqual(new Error('boom'))
    expect(errors).toHaveLength(1)
  })
})

describe('coexistence', () => {
  it('leaves to an OpenTelemetry instrumentation what that has wrapped', () => {
    const client = new Client()
    const theirs = Object.assign((name: string) => `traced ${name}`, { __wrapped: true })
    Object.assign(client, { greet: theirs })
    wrapMethod(client, 'greet', (original) => (name) => original.call(client, `${name}!`))
    expect(Reflect.get(client, 'greet')).toBe(theirs)
  })

  it('says once that the SDK is registered with another copy of the API', () => {
    const api = Symbol.for('opentelemetry.js.api.1')
    const globals = globalThis as { [api]?: unknown }
    const before = globals[api]
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    globals[api] = { version: '1.0.0', trace: {} }
    try {
      expect([isActive(), isActive()]).toEqual([false, false])
      expect(warnings).toHaveBeenCalledOnce()
      expect(warnings.mock.calls[0]?.[0]).toContain('1.0.0')
    } finally {
      globals[api] = before
      warnings.mockRestore()
    }
  })
})
