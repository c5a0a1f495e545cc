import { headersIn, objectIn } from './json.ts'
import type { TextCodec } from './payload.ts'

const VERSION = 1

/** `{"v":1,"h":{…},"d":"…"}`: a version, headers, and the payload in a JSON string, around any text. */
export const envelope: TextCodec = {
  inject(text, fields) {
    const { payload, headers } = opened(text) ?? { payload: asSent(text), headers: {} }
    return JSON.stringify({ v: VERSION, h: { ...headers, ...fields }, d: payload })
  },
  extract: opened,
}

/** What is in an envelope, the application's own too; undefined for all that is none. */
function opened(text: string): ReturnType<TextCodec['extract']> {
  const object = text.startsWith('{') && text.includes('"h"') ? objectIn(text) : undefined
  if (!object) return undefined
  const { v, h, d, ...more } = object
  const headers = headersIn(h)
  if (v !== VERSION || !headers || typeof d !== 'string' || Object.keys(more).length > 0) return undefined
  return { payload: d, headers }
}

/** UTF-8 has no halves of surrogate pairs, but JSON has: the client would have replaced them. */
function asSent(text: string): string {
  return Buffer.from(text).toString()
}
