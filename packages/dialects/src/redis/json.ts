import type { PayloadHeaders } from './payload.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** The object that a text is in JSON; undefined for everything else. */
export function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Headers, as they stand in payloads: an object with texts alone. */
export function headersIn(value: unknown): PayloadHeaders | undefined {
  if (!isObject(value)) return undefined
  return Object.values(value).every((text) => typeof text === 'string')
    ? (value as PayloadHeaders)
    : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
