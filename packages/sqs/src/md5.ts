import { createHash } from 'node:crypto'
import { guard } from '@flowstitch/core'
import { presentAttributes } from './attributes.ts'

type Attributes = Parameters<typeof presentAttributes>[0]

const STRING = Buffer.of(1)
const BINARY = Buffer.of(2)

/** An answer, or a message, with digests in it. */
export interface Digested {
  MD5OfMessageAttributes?: string | undefined
  MD5OfMessageSystemAttributes?: string | undefined
}

/**
 * Makes a digest over all attributes the digest over those that the user knows of: who checks it must find
 * what the check is for. A digest that is wrong already stays wrong.
 */
export function restoreDigest(
  digested: Digested,
  key: keyof Digested,
  all: Attributes,
  known: Attributes,
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

/** SQS developer guide, "Calculating the MD5 message digest for message attributes". */
export function digestOf(attributes: Attributes): string {
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
