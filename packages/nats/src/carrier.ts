import type { Carrier, ReadCarrier } from '@flowstitch/core'
import { fittingFields } from '@flowstitch/dialects/nats'
import { headers as newHeaders, Match, type MsgHdrs } from '@nats-io/nats-core'
import type { NatsOutgoing } from './message.ts'

interface WithHeaders {
  readonly headers?: MsgHdrs | undefined
}

/** NATS headers of received messages. */
export const receivedCarrier: ReadCarrier<WithHeaders> = {
  get({ headers }, name) {
    // Other clients write header names in other cases, and lists as several headers of one name.
    const values = headers?.values(name, Match.IgnoreCase) ?? []
    return values.length > 0 ? values : undefined
  },
  names: ({ headers }) => headers?.keys() ?? [],
}

/** NATS headers of messages to be published; `maxPayload` is the most bytes that the server takes. */
export function sentCarrier(maxPayload: number | undefined): Carrier<NatsOutgoing> {
  return {
    ...receivedCarrier,
    with(message, fields) {
      const fitting = fittingFields(message, fields, maxPayload)
      if (fitting.length === 0) return message
      const headers = copyHeaders(message.headers)
      for (const [name, value] of fitting) headers.set(name, value, Match.IgnoreCase)
      return { ...message, headers }
    },
  }
}

/** Headers of the same content; of none, where there were none. */
export function copyHeaders(original: MsgHdrs | undefined): MsgHdrs {
  const copy = newHeaders(original?.code, original?.description)
  for (const [name, values] of original ?? []) for (const value of values) copy.append(name, value)
  return copy
}
