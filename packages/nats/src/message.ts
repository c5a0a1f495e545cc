import { guard, type InstrumentationOptions, type Kernel, type MessageFacts } from '@flowstitch/core'
import { deliveryFacts, MSG_ID } from '@flowstitch/dialects/nats'
import type { JsMsg } from '@nats-io/jetstream'
import type { Msg, MsgHdrs, Payload } from '@nats-io/nats-core'

/** A message that is about to be published. */
export interface NatsOutgoing {
  readonly subject: string
  readonly payload: Payload | undefined
  readonly headers: MsgHdrs | undefined
  /** What JetStream shall know the message by, to drop its duplicates. */
  readonly msgID: string | undefined
}

/** A message that came: from a subscription, or from a JetStream consumer. */
export type NatsReceived = Msg | JsMsg

export type NatsOptions = InstrumentationOptions<NatsOutgoing, NatsReceived>
export type NatsKernel = Kernel<NatsOutgoing, NatsReceived>

export function isJetStream(message: NatsReceived): message is JsMsg {
  return 'ack' in message
}

/** What is known of a message before it is published. */
export function sentFacts({ payload, msgID }: NatsOutgoing, options: NatsOptions): MessageFacts {
  return { id: msgID, ...sizeFacts(payload, options) }
}

/** What is known of a message that came. */
export function receivedFacts(message: NatsReceived, options: NatsOptions): MessageFacts {
  const size = sizeFacts(message.data, options)
  if (!isJetStream(message)) return size
  const msgID = guard('reading the headers of a message', () => message.headers?.get(MSG_ID), undefined)
  return { ...deliveryFacts(message.info, msgID), ...size }
}

function sizeFacts(payload: Payload | undefined, { captureBodySize = false }: NatsOptions): MessageFacts {
  return captureBodySize && payload !== undefined ? { bodySize: Buffer.byteLength(payload) } : {}
}
