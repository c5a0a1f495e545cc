export type Call = (...args: unknown[]) => unknown

/** Clients are told by their methods: a program may have several copies of each, in several versions. */
export function hasMethods<K extends string>(client: unknown, ...methods: K[]): client is Record<K, Call> {
  const object = (client ?? {}) as Readonly<Record<string, unknown>>
  return methods.every((method) => typeof object[method] === 'function')
}
