import { withHeaders, type Carrier, type ReadCarrier } from '@flowstitch/core'
import { headerCarrier, headerRoom, sizeOf } from '@flowstitch/dialects/rabbitmq'
import type { Options } from 'amqplib'

/** What one call of `publish` or `sendToQueue` hands over. */
export interface Publication {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Buffer
  readonly options: Options.Publish | undefined
}

const published: ReadCarrier<Publication> = headerCarrier(({ options }) => options?.headers)

/** amqplib encodes headers in a buffer of this size; older versions write past its end without a word. */
const TABLE_MAX = 65_536

/** The headers of publications. What would not fit, in the frames that the broker takes, goes without ours. */
export function publishedIn(frameMax: number = TABLE_MAX): Carrier<Publication> {
  const room = headerRoom(Math.min(TABLE_MAX, frameMax))
  return {
    ...published,
    with(publication, fields) {
      const { options } = publication
      if (headerSize(options) + sizeOf(fields) > room) return publication
      return { ...publication, options: withHeaders(options ?? {}, fields) }
    },
  }
}

/** amqplib puts the other addresses into the headers. */
export function headerSize(options: Options.Publish | null | undefined): number {
  return options ? sizeOf(options.headers) + sizeOf(options.CC) + sizeOf(options.BCC) : 0
}
