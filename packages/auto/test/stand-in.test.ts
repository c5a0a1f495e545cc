import { expect, onTestFinished, test, vi } from 'vitest'
import { answering, constructing, replacing } from '../src/stand-in.ts'

class Client {
  static shared = 1
  readonly name: string
  readonly madeBy: unknown

  constructor(name: string) {
    if (name === '') throw new RangeError('its own')
    this.name = name
    this.madeBy = new.target
  }
}

/** A class of its own, as a test changes its prototype. */
function makeClass(): typeof Client {
  return class extends Client {}
}

function failing(): never {
  throw new Error('ours')
}

function silenceWarnings(): ReturnType<typeof vi.spyOn> {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warnings.mockRestore())
  return warnings
}

test('what is constructed is instrumented before the constructor of a subclass goes on', () => {
  const made: unknown[] = []
  const Traced = constructing(makeClass(), (client: Client) => made.push(client))
  const seen: unknown[] = []
  class Mine extends Traced {
    constructor() {
      super('mine')
      seen.push([...made])
    }
  }
  const mine = new Mine()
  expect(seen).toEqual([[mine]])
  expect([mine instanceof Mine, mine instanceof Traced, mine.madeBy === Mine]).toEqual([true, true, true])
})

test('a class keeps its statics, which may be set, and its constructor sees itself', () => {
  const Original = makeClass()
  const Traced = constructing(Original, () => {})
  Traced.shared = 2
  expect(Original.shared).toBe(2)
  const client = new Traced('one')
  expect([client.constructor === Traced, client.madeBy === Original]).toEqual([true, true])
  expect(client instanceof Original).toBe(true)
})

test('where instrumenting fails, the instance is there as it was made, and it is told once', () => {
  const warnings = silenceWarnings()
  const Traced = constructing(class Broken extends Client {}, failing)
  expect([new Traced('one').name, new Traced('two').name]).toEqual(['one', 'two'])
  expect(warnings).toHaveBeenCalledExactlyOnceWith(
    'instrumenting what Broken has made failed: Error: ours',
    expect.anything(),
  )
})

test('errors of a constructor are its own', () => {
  const Traced = constructing(makeClass(), () => {})
  expect(() => new Traced('')).toThrow(RangeError)
})

test('what a function answers is instrumented, now or once its promise is fulfilled', async () => {
  const made: unknown[] = []
  const instrument = (client: unknown) => made.push(client)
  const answer = { a: 1 }
  expect(answering(() => answer, instrument)()).toBe(answer)
  await expect(answering(() => Promise.resolve(answer), instrument)()).resolves.toBe(answer)
  expect(made).toEqual([answer, answer])
  const refused = new Error('its own')
  await expect(answering(() => Promise.reject(refused), instrument)()).rejects.toBe(refused)
  expect(made).toHaveLength(2)
})

test('where that fails, the answer is the function’s own', async () => {
  const warnings = silenceWarnings()
  await expect(answering(() => Promise.resolve(1), failing)()).resolves.toBe(1)
  expect(answering(() => 2, failing)()).toBe(2)
  expect(warnings).toHaveBeenCalled()
})

test('exports that are frozen or read-only are replaced in a copy, all others as they were', () => {
  const exports = Object.freeze(
    Object.defineProperties({} as { readonly a: number; readonly b: number }, {
      a: { enumerable: true, get: () => 1 },
      b: { enumerable: true, get: () => 2 },
      __esModule: { value: true },
    }),
  )
  const replaced = replacing(exports, { a: 3 })
  expect(replaced).toEqual({ a: 3, b: 2 })
  expect(Object.getOwnPropertyDescriptor(replaced, '__esModule')?.value).toBe(true)
  expect(exports.a).toBe(1)
})
