import { createHash } from 'node:crypto'
import { guard } from '@flowstitch/core'
import { presentAttributes, type AttributeValues } from './attributes.ts'
import type { Sendable } from './sending.ts'

/** An answer, or a message, with digests in it. */
export interface Digested {
  MD5OfMessageAttributes?: string | undefined
  MD5OfMessageSystemAttributes?: string | undefined
}

/** Makes the digests in the answer to a message that carries more than its sender's own those of his own. */
export function restoreDigests(answer: Digested, carrying: Sendable, own: Sendable): void {
  const { MessageAttributes: all, MessageSystemAttributes: allSystem } = carrying
  const { MessageAttributes: known, MessageSystemAttributes: knownSystem } = own
  if (all !== known) restoreDigest(answer, 'MD5OfMessageAttributes', all, known)
  if (allSystem !== knownSystem) {
    restoreDigest(answer, 'MD5OfMessageSystemAttributes', allSystem, knownSystem)
  }
}

/**
 * Makes a digest over all attributes the digest over those that the user knows of: who checks it must find
 * what the check is for. A digest that is wrong already stays wrong.
 */
export function restoreDigest(
  digested: Digested,
  key: keyof Digested,
  all: AttributeValues,
  known: AttributeValues,
): void {
  const given = digested[key]
  if (given === undefined) return
  guard(
    'restoring a digest',
    () => {
      if (given !== digestOf(all)) return
      if (presentAttributes(known).length > 0) digested[key] = digestOf(known)
      else delete digested[key]
    },
    undefined,
  )
}

const STRING = Buffer.of(1)
const BINARY = Buffer.of(2)

/** SQS developer guide, "Calculating the MD5 message digest for message attributes". */
function digestOf(attributes: AttributeValues): string {
  const hash = createHash('md5')
  const part = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  const sorted = presentAttributes(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, { DataType, StringValue, BinaryValue }] of sorted) {
    part(Buffer.from(name))
    part(Buffer.from(DataType ?? ''))
    hash.update(StringValue === undefined ? BINARY : STRING)
    part(StringValue === undefined ? (BinaryValue ?? Buffer.of()) : Buffer.from(StringValue))
  }
  return hash.digest('hex')
}
