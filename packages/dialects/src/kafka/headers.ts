/** The headers of a record: bytes or text, or several of them by one name. */
export type Headers = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>

/**
 * The same one behind the other, as librdkafka's clients and the events of Lambda have them: objects of one name each, with
 * bytes, text, or the numbers of the bytes, signed or not.
 */
export type HeaderList = readonly Readonly<
  Record<string, Uint8Array | string | readonly number[] | undefined>
>[]

/**
 * A header's value as text, all of them where there are several; its name in lower case finds it in any. What is
 * neither text nor bytes is none: nothing of it ever comes from a broker.
 */
export function headerText(
  headers: Headers | undefined,
  name: string,
): string | readonly string[] | undefined {
  const value = headers?.[name] ?? (headers && ignoringCase(headers, name))
  return Array.isArray(value) ? value.map(textOf).filter((text) => text !== undefined) : textOf(value)
}

/** Text, or bytes as text; `String` would take twice as long. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString() : undefined
}

/** Looks at lengths first: most records have some headers, and few have one that a context travels in. */
function ignoringCase(headers: Headers, name: string): Headers[string] {
  for (const key of Object.keys(headers)) {
    if (key.length === name.length && key.toLowerCase() === name) return headers[key]
  }
  return undefined
}

const tables = new WeakMap<HeaderList, Headers>()

/** The headers in a list by their names; undefined where it is none. */
export function headersIn(list: HeaderList | null | undefined): Headers | undefined {
  if (!Array.isArray(list)) return undefined
  const table = tables.get(list) ?? tableOf(list)
  tables.set(list, table)
  return table
}

function tableOf(list: HeaderList): Headers {
  const table: Record<string, Headers[string]> = Object.create(null)
  for (const headers of list) {
    for (const [name, written] of Object.entries(headers ?? {})) {
      const value = valueOf(written)
      const known = table[name]
      if (value !== undefined) table[name] = known === undefined ? value : [known, value].flat()
    }
  }
  return table
}

function valueOf(written: unknown): Buffer | string | undefined {
  if (typeof written === 'string' || Buffer.isBuffer(written)) return written
  return Array.isArray(written) || written instanceof Uint8Array ? Buffer.from(written) : undefined
}
