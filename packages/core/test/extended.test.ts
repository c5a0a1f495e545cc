import { extended, withHeaders } from '../src/index.ts'
import { describe, expect, it } from 'vitest'

class Order {
  readonly id = '7'
  readonly #total: number
  constructor(total: number) {
    this.#total = total
  }
  get value(): string {
    return JSON.stringify({ id: this.id, total: this.#total })
  }
  get headers(): Record<string, string> {
    return { tenant: 'blue' }
  }
}

describe('a copy with more', () => {
  it('has what the object has, and leaves that as it was', () => {
    const base = Object.freeze({ key: 'k', headers: Object.freeze({ tenant: 'blue' }) })
    expect(withHeaders(base, { traceparent: 'x' })).toEqual({
      key: 'k',
      headers: { tenant: 'blue', traceparent: 'x' },
    })
    expect(base).toEqual({ key: 'k', headers: { tenant: 'blue' } })
  })

  it.each([null, undefined, Object.create(null)])(
    'may be of nothing: %s',
    (base: object | null | undefined) => {
      expect(extended(base, { a: 1 })).toEqual({ a: 1 })
    },
  )

  it('inherits what the object inherits', () => {
    const copy = extended(Object.create({ value: 'x', key: 'old' }) as { value: string; key: string }, {
      key: 'k',
    })
    expect([copy.value, copy.key]).toEqual(['x', 'k'])
    expect(Object.keys(copy)).toEqual(['key'])
    const all: string[] = []
    for (const name in copy) all.push(name)
    expect(all).toEqual(['key', 'value'])
  })

  it('has accessors read what is private to the object, and puts its own before them', () => {
    const order = Object.freeze(new Order(3))
    const copy = withHeaders(order, { traceparent: 'x' })
    expect(copy.value).toBe('{"id":"7","total":3}')
    expect(copy.headers).toEqual({ tenant: 'blue', traceparent: 'x' })
    expect(copy).toBeInstanceOf(Order)
    expect(order.headers).toEqual({ tenant: 'blue' })
  })

  it('shows its own properties as the object does, to whoever spreads it or turns it into text', () => {
    const order = new Order(3)
    const copy = extended(order, { more: true })
    expect(Object.entries(copy)).toEqual([...Object.entries(order), ['more', true]])
    expect(JSON.stringify(copy)).toBe('{"id":"7","more":true}')
    const accessor = {
      get value() {
        return 'x'
      },
    }
    expect(Object.entries(extended(accessor, { more: true }))).toEqual([
      ['value', 'x'],
      ['more', true],
    ])
  })
})
