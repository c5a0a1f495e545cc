import type { ReadCarrier } from '@flowstitch/core'
import type { Headers } from '@flowstitch/dialects/sqs'

/** A carrier for records whose headers have to be looked for in their content: each record's are, once. */
export function headersBy<R extends object>(
  read: (record: R, contextKey: string | undefined) => Headers,
): (contextKey: string | undefined) => ReadCarrier<R> {
  return (contextKey) => {
    const known = new WeakMap<R, Headers>()
    const headersOf = (record: R): Headers => {
      const found = known.get(record) ?? read(record, contextKey)
      known.set(record, found)
      return found
    }
    return {
      get: (record, name) => headersOf(record)[name],
      names: (record) => Object.keys(headersOf(record)),
    }
  }
}
