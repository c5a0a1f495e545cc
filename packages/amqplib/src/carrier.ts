import type { Carrier, ReadCarrier } from '@flowstitch/core'
import { headerCarrier } from '@flowstitch/dialects/rabbitmq'
import type { Message, Options } from 'amqplib'
import { headerSize } from './room.ts'

/** What one call of `publish` or `sendToQueue` hands over. */
export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Buffer
  readonly options: Options.Publish | undefined
}

export const received: ReadCarrier<Message> = headerCarrier(({ properties }) => properties.headers)

export const published: ReadCarrier<Publication> = headerCarrier(({ options }) => options?.headers)

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

/** A copy with `own` on top. What inherits goes on doing so: amqplib reads inherited properties. */
function extended<T extends object>(base: T | null | undefined, own: Partial<T>): T {
  const prototype: unknown = base ? Object.getPrototypeOf(base) : null
  if (!base || prototype === null || prototype === Object.prototype) return { ...base, ...own } as T
  return Object.create(base, Object.getOwnPropertyDescriptors(own)) as T
}
