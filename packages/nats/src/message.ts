import {
  guard,
  type Destination,
  type InstrumentationOptions,
  type Kernel,
  type MessageFacts,
} from '@flowstitch/core'
import type { JsMsg, PubAck } from '@nats-io/jetstream'
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

const MSG_ID = 'Nats-Msg-Id'

export function isJetStream(message: NatsReceived): message is JsMsg {
  return 'ack' in message
}

/** `template` is the pattern of the subscription that the message came by. */
export function subjectDestination(subject: string, inboxPrefix: string, template?: string): Destination {
  return isInbox(subject, inboxPrefix) ? { name: subject, temporary: true } : { name: subject, template }
}

/** Whether a subject is one of those that a client makes up for replies to itself. */
export function isInbox(subject: string, prefix: string): boolean {
  return subject.startsWith(`${prefix}.`)
}

/** What is known of a message before it is published. */
export function sentFacts({ payload, msgID }: NatsOutgoing, options: NatsOptions): MessageFacts {
  return { id: msgID, bodySize: bodySize(payload, options) }
}

/** What JetStream answers to a publish. */
export function storedFacts(
  { stream, seq, duplicate }: PubAck,
  { msgID, headers }: NatsOutgoing,
): MessageFacts {
  return { ...positionFacts(stream, seq, msgID ?? headers?.get(MSG_ID)), duplicate }
}

/** What is known of a message that came. */
export function receivedFacts(message: NatsReceived, options: NatsOptions): MessageFacts {
  const size = bodySize(message.data, options)
  if (!isJetStream(message)) return { bodySize: size }
  const { stream, streamSequence, deliveryCount, timestampNanos } = message.info
  const msgID = guard('reading the headers of a message', () => message.headers?.get(MSG_ID), undefined)
  return {
    ...positionFacts(stream, streamSequence, msgID),
    attempt: deliveryCount,
    brokerTimeMs: Math.floor(timestampNanos / 1e6),
    bodySize: size,
  }
}

/** A message's id is what its producer has given it, else its place in the stream. */
function positionFacts(stream: string, sequence: number, msgID: string | undefined): MessageFacts {
  return { coordinate: `nats/${stream}/${sequence}`, id: msgID || String(sequence) }
}

function bodySize(
  payload: Payload | undefined,
  { captureBodySize = false }: NatsOptions,
): number | undefined {
  return captureBodySize && payload !== undefined ? Buffer.byteLength(payload) : undefined
}
