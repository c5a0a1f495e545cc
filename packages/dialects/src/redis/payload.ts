import { envelope } from './envelope.ts'
import { merge } from './merge.ts'
import { decoded, type RedisText } from './text.ts'

/** Headers, by their names in lower case. */
export type PayloadHeaders = Readonly<Record<string, string>>

/** Puts context into payloads, and takes it out again. What it cannot read it leaves as it is. */
export interface PayloadCodec {
  /** A payload that carries the fields too; the same one where there is no room for them. */
  inject(payload: RedisText, fields: PayloadHeaders): RedisText
  /** The payload as it was, and what was injected; undefined for payloads of producers that inject nothing. */
  extract(payload: RedisText): ExtractedPayload | undefined
}

/** What a codec finds in a payload. */
export interface ExtractedPayload {
  readonly payload: RedisText
  readonly headers: PayloadHeaders
}

/** A codec of texts. */
export interface TextCodec {
  inject(text: string, fields: PayloadHeaders): string
  extract(text: string): { readonly payload: string; readonly headers: PayloadHeaders } | undefined
}

/**
 * How the context travels in a payload: `merge`, a key `_otel` in JSON objects; `envelope`, `{"v":1,"h":{…},"d":"…"}`
 * around any text; or a codec of one's own.
 */
export type PayloadFormat = 'merge' | 'envelope' | PayloadCodec

/** The format for each channel and list, by name; none for those that are to be left as they are. */
export type PayloadFormats =
  | Readonly<Record<string, PayloadFormat>>
  | ((name: string) => PayloadFormat | undefined)

/** The codec that the user wants for a channel or list. */
export function codecOf(formats: PayloadFormats, name: string): PayloadCodec | undefined {
  const own = (): PayloadFormat | undefined =>
    Object.hasOwn(formats, name) ? (formats as Record<string, PayloadFormat>)[name] : undefined
  const format = typeof formats === 'function' ? formats(name) : own()
  if (format === 'merge') return ofTexts.merge
  if (format === 'envelope') return ofTexts.envelope
  return typeof format === 'object' && format !== null ? checked(format) : undefined
}

const ofTexts = { merge: forBytesToo(merge), envelope: forBytesToo(envelope) }

/** Bytes that are text are treated as such; others have no room for a context. */
function forBytesToo(codec: TextCodec): PayloadCodec {
  return {
    inject(payload, fields) {
      const text = decoded(payload)
      return text === undefined ? payload : like(payload, codec.inject(text, fields))
    },
    extract(payload) {
      const text = decoded(payload)
      const extracted = text === undefined ? undefined : codec.extract(text)
      return extracted && { ...extracted, payload: like(payload, extracted.payload) }
    },
  }
}

/** A codec of the user's may answer anything: what would not be a payload fails here, and the payload stays as it is. */
function checked(codec: PayloadCodec): PayloadCodec {
  return {
    inject: (payload, fields) => asPayload(codec.inject(payload, fields)),
    extract(payload) {
      const extracted = codec.extract(payload)
      if (!extracted) return undefined
      return { payload: like(payload, asPayload(extracted.payload)), headers: { ...extracted.headers } }
    },
  }
}

function asPayload(value: unknown): RedisText {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  throw new TypeError('a codec answered a payload that is neither text nor a Buffer')
}

/** Who reads text gets text, and who reads bytes gets bytes. */
function like(given: RedisText, payload: RedisText): RedisText {
  if (typeof given === 'string') return typeof payload === 'string' ? payload : payload.toString()
  return typeof payload === 'string' ? Buffer.from(payload) : payload
}
