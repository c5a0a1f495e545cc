export type Call = (...args: unknown[]) => unknown

/** Clients are told by their methods: a program may have several copies of each, in several versions. */
export function hasMethods<K extends string>(client: unknown, ...methods: K[]): client is Record<K, Call> {
  const object = (client ?? {}) as Readonly<Record<string, unknown>>
  return methods.every((method) => typeof object[method] === 'function')
}

const SEEN = Symbol.for('flowstitch.amqplib.seen')

/** Whether this is the first time that anybody asks it of an object, another copy of this package included. */
export function isFirstTime(object: object): boolean {
  return !Object.hasOwn(object, SEEN) && Reflect.defineProperty(object, SEEN, { value: true })
}
