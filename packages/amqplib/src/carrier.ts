import type { Carrier, ReadCarrier } from '@flowstitch/core'
import type { Message, Options } from 'amqplib'
import { headerSize } from './room.ts'

/** What one call of `publish` or `sendToQueue` hands over. */
export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Buffer
  readonly options: Options.Publish | undefined
}

/** AMQP's headers: a table whose values may be text, bytes, numbers, lists and tables again. */
type Table = Readonly<Record<string, unknown>>

function tableCarrier<M>(tableOf: (message: M) => Table | null | undefined): ReadCarrier<M> {
  return {
    get: (message, name) => read(tableOf(message), name),
    names: (message) => namesIn(tableOf(message)),
  }
}

export const received: ReadCarrier<Message> = tableCarrier(({ properties }) => properties.headers)

export const published: ReadCarrier<Publication> = tableCarrier(({ options }) => options?.headers)

/** For publications whose headers have room for so many bytes: what would not fit goes without ours. */
export function publishedWithin(room: number): Carrier<Publication> {
  return {
    ...published,
    with(publication, fields) {
      if (headerSize(publication.options) + headerSize({ headers: fields }) > room) return publication
      const headers = extended(publication.options?.headers, fields)
      return { ...publication, options: extended(publication.options, { headers }) }
    },
  }
}

function read(table: Table | null | undefined, name: string): string | readonly string[] | undefined {
  if (!table) return undefined
  const value = text(table[name] ?? ignoringCase(table, name))
  return typeof value === 'string' || Array.isArray(value) ? value : undefined
}

/** Asked for each header of each format that a message might carry: names of another length cost nothing. */
function ignoringCase(table: Table, name: string): unknown {
  for (const key in table) {
    if (key.length === name.length && key.toLowerCase() === name) return table[key]
  }
  return undefined
}

/** Also inherited ones: amqplib sends them. */
function namesIn(table: Table | null | undefined): string[] {
  const names: string[] = []
  for (const name in table) names.push(name)
  return names
}

/** Text of a string, of bytes, of `{ '!': type, value }` (how amqplib writes a typed value), or a list of them. */
function text(value: unknown): string | string[] | undefined {
  if (typeof value === 'string') return value
  if (Buffer.isBuffer(value)) return value.toString()
  if (Array.isArray(value)) return value.map(text).filter((item) => typeof item === 'string')
  if (typeof value === 'object' && value !== null && '!' in value && 'value' in value) {
    const { value: inner } = value
    return typeof inner === 'string' || Buffer.isBuffer(inner) ? String(inner) : undefined
  }
  return undefined
}

/** A copy with `own` on top. What inherits goes on doing so: amqplib reads inherited properties. */
function extended<T extends object>(base: T | null | undefined, own: Partial<T>): T {
  const prototype: unknown = base ? Object.getPrototypeOf(base) : null
  if (!base || prototype === null || prototype === Object.prototype) return { ...base, ...own } as T
  return Object.create(base, Object.getOwnPropertyDescriptors(own)) as T
}
