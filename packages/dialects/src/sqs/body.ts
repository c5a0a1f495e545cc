import { attributeText } from './attributes.ts'
import { DATADOG_ATTRIBUTE, datadogHeaders } from './datadog.ts'
import { parseObject, textsIn, type Headers } from './headers.ts'
import { payloadHeaders } from './payload.ts'

/** SNS and EventBridge take 256 KiB; in JSON, escaped, twice that. */
const MAX_LENGTH = 512 * 1024

/** The headers in a body: of the envelope that SNS puts around messages unless it delivers raw, or of an event. */
export function bodyHeaders(body: unknown): Headers {
  return envelopeHeaders(body) ?? eventHeaders(body)
}

function envelopeHeaders(body: unknown): Headers | undefined {
  const { Type, Message, MessageAttributes } = read(body, '"Type"', '"Message"')
  if (Type !== 'Notification') return undefined
  return { ...eventHeaders(Message), ...attributeHeaders(MessageAttributes) }
}

/** The headers that message attributes are, and those that Datadog has in one of them. */
export function attributeHeaders(attributes: unknown): Headers {
  const own = textsIn(attributes, attributeText)
  if (own[DATADOG_ATTRIBUTE] === undefined) return own
  return { ...datadogHeaders((attributes as Record<string, unknown>)[DATADOG_ATTRIBUTE]), ...own }
}

/** An event of EventBridge has no headers: whoever makes it puts them into its `detail`. */
export function eventHeaders(body: unknown): Headers {
  return payloadHeaders(read(body, '"detail-type"', '"detail"')['detail'])
}

/** An object that has certain words in it: most bodies have not, and need not be parsed. */
function read(body: unknown, ...words: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof body !== 'string' || !words.every((word) => body.includes(word))) return {}
  return parseObject(body, MAX_LENGTH) ?? {}
}
