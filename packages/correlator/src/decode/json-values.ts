import { DecodeError } from '../errors.ts'

export type Json = { [key: string]: unknown }

/** @throws DecodeError */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (error) {
    throw new DecodeError('malformed-json', `Not JSON: ${(error as Error).message}`)
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
