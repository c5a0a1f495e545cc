import { guard } from '@flowstitch/core'

/** SNS takes 256 KiB; in JSON, escaped, twice that. */
const MAX_LENGTH = 512 * 1024

/** The message attributes in the envelope that SNS puts around messages unless it delivers raw; else none. */
export function envelopeAttributes(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'string' || body.length > MAX_LENGTH || !body.startsWith('{')) return {}
  if (!body.includes('"Type"') || !body.includes('"MessageAttributes"')) return {}
  return guard('reading an envelope of SNS', () => parse(body), {})
}

function parse(body: string): Readonly<Record<string, unknown>> {
  let envelope: { Type?: unknown; MessageAttributes?: unknown }
  try {
    envelope = JSON.parse(body) as typeof envelope
  } catch {
    return {}
  }
  const { Type, MessageAttributes } = envelope
  if (Type !== 'Notification' || typeof MessageAttributes !== 'object' || MessageAttributes === null)
    return {}
  return MessageAttributes as Readonly<Record<string, unknown>>
}
