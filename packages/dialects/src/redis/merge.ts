import { headersIn, objectIn } from './json.ts'
import type { PayloadHeaders, TextCodec } from './payload.ts'

const KEY = '_otel'
const QUOTED = `"${KEY}"`

/**
 * A first key in JSON objects; all else goes without. It is put into the text, and cut out of it: a payload that was
 * parsed and written again would have other numbers, spaces and repeated keys.
 */
export const merge: TextCodec = {
  inject(text, fields) {
    const object = objectIn(text)
    if (!object || Object.hasOwn(object, KEY)) return text
    const at = text.indexOf('{') + 1
    const comma = Object.keys(object).length > 0 ? ',' : ''
    return text.slice(0, at) + memberOf(fields) + comma + text.slice(at)
  },
  extract(text) {
    // Most payloads of other producers have none, and need not be parsed to know it.
    const headers = text.includes(QUOTED) ? headersIn(objectIn(text)?.[KEY]) : undefined
    return headers && { payload: withoutOurs(text, headers), headers }
  },
}

/** Ours stands first, and tells of the flow; a key of the application's own stays. */
function withoutOurs(text: string, headers: PayloadHeaders): string {
  const member = memberOf(headers)
  const at = text.indexOf('{') + 1
  if (!headers['tracestate']?.startsWith('flowstitch=') || !text.startsWith(member, at)) return text
  const end = at + member.length
  return text.slice(0, at) + text.slice(text[end] === ',' ? end + 1 : end)
}

function memberOf(fields: PayloadHeaders): string {
  return `${QUOTED}:${JSON.stringify(fields)}`
}
