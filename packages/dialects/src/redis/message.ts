import type { Carrier, ReadCarrier, InstrumentationOptions, MessageFacts } from '@flowstitch/core'
import type { PayloadCodec, PayloadHeaders } from './payload.ts'
import type { RedisText } from './text.ts'

/** A message of a channel, or a value of a list. */
export interface RedisMessage {
  /** The channel's name or the list's key. */
  readonly destination: string
  /** As the application sends it, or as it shall see it. */
  readonly payload: RedisText
  /** What the payload carried besides. */
  readonly headers: PayloadHeaders
}

/** A message on its way out. */
export interface SentMessage extends RedisMessage {
  readonly codec: PayloadCodec
}

/** A message to be sent, which may have a context already. */
export function sentMessage(codec: PayloadCodec, destination: string, payload: RedisText): SentMessage {
  return { destination, payload, headers: codec.extract(payload)?.headers ?? {}, codec }
}

/** A message that has come, with or without a context in its payload. */
export function receivedMessage(codec: PayloadCodec, destination: string, stored: RedisText): RedisMessage {
  const { payload, headers } = codec.extract(stored) ?? { payload: stored, headers: {} }
  return { destination, payload, headers }
}

/** Messages have no headers: the context travels in the payload, as the codec has it. */
export const receivedPayloadCarrier: ReadCarrier<RedisMessage> = {
  get: ({ headers }, name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
  names: ({ headers }) => Object.keys(headers),
}
/** The same, for messages that are about to be sent. */
export const sentPayloadCarrier: Carrier<SentMessage> = {
  ...receivedPayloadCarrier,
  with: (message, fields) => ({ ...message, payload: message.codec.inject(message.payload, fields) }),
}

/** The size of a payload, where the user wants it recorded. No channel or list gives its messages ids or places. */
export function payloadFacts(
  { payload }: RedisMessage,
  { captureBodySize = false }: Pick<InstrumentationOptions, 'captureBodySize'>,
): MessageFacts {
  return captureBodySize ? { bodySize: Buffer.byteLength(payload) } : {}
}
