import type { Carrier, ReadCarrier } from '@flowstitch/core'
import { headers as newHeaders, Match, type MsgHdrs } from '@nats-io/nats-core'
import type { NatsOutgoing, NatsReceived } from './message.ts'

interface WithHeaders {
  readonly headers?: MsgHdrs
}

const reading: ReadCarrier<WithHeaders> = {
  get({ headers }, name) {
    // Other clients write header names in other cases, and lists as several headers of one name.
    const values = headers?.values(name, Match.IgnoreCase) ?? []
    return values.length > 0 ? values : undefined
  },
  names: ({ headers }) => headers?.keys() ?? [],
}

/** NATS headers of received messages. */
export const receivedCarrier: ReadCarrier<NatsReceived> = reading

/** JetStream adds headers of its own to what it is given: expectations, a time to live, a schedule. */
const HEADROOM = 1024

/** NATS headers of messages to be published; `maxPayload` is the most bytes that the server takes. */
export function sentCarrier(maxPayload: number | undefined): Carrier<NatsOutgoing> {
  return {
    get: ({ headers }, name) => reading.get({ headers }, name),
    names: ({ headers }) => reading.names({ headers }),
    with(message, fields) {
      const headers = copyHeaders(message.headers)
      let room = (maxPayload ?? Infinity) - HEADROOM - byteLength(message.payload) - sizeOf(headers)
      let written = false
      for (const [name, value] of Object.entries(fields)) {
        room -= lineSize(name, value)
        if (room < 0) break
        headers.set(name, value, Match.IgnoreCase)
        written = true
      }
      return written ? { ...message, headers } : message
    },
  }
}

/** Headers of the same content; of none, where there were none. */
export function copyHeaders(original: MsgHdrs | undefined): MsgHdrs {
  if (!original) return newHeaders()
  const copy = newHeaders(original.code, original.description)
  for (const [name, values] of original) for (const value of values) copy.append(name, value)
  return copy
}

function byteLength(payload: NatsOutgoing['payload']): number {
  return payload === undefined ? 0 : Buffer.byteLength(payload)
}

function sizeOf(headers: MsgHdrs): number {
  let size = 0
  for (const [name, values] of headers) for (const value of values) size += lineSize(name, value)
  return size
}

function lineSize(name: string, value: string): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + ': \r\n'.length
}
