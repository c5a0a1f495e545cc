import { describe, expect, it } from 'vitest'
import { observe } from '../src/observe.ts'
import { wrapMethod } from '../src/wrap.ts'

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
  it('learns of the end before the caller does, and hands over the same promise', async () => {
    const order: string[] = []
    const promise = Promise.resolve('value')
    const observed = observe(
      () => promise,
      (value) => order.push(`observer ${value}`),
      () => order.push('failed'),
    )
    expect(observed).toBe(promise)
    await observed.then((value) => order.push(`caller ${value}`))
    expect(order).toEqual(['observer value', 'caller value'])
  })

  it('leaves a rejection to the caller', async () => {
    const errors: unknown[] = []
    const promise = Promise.reject(new Error('boom'))
    await expect(
      observe(
        () => promise,
        () => {},
        (error) => errors.push(error),
      ),
    ).rejects.toThrow('boom')
    expect(errors).toHaveLength(1)
  })
})
