import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeclaredKeys } from '../src/decode/declared-keys.ts'
import { jsonToProtobuf } from '../src/decode/json.ts'
import { KEY_SLOTS } from '../src/decode/join-keys.ts'
import { Scanner } from '../src/decode/scan.ts'
import { decodeSpan } from '../src/decode/span.ts'
import { NAMES, SYSTEMS, type Concept } from '../src/names/table.ts'
import { hashKey, joinKeysOf, type JoinKey } from '../src/stitch/span-keys.ts'
import { KeyHash } from '../src/store/hash.ts'

const concepts: readonly Concept[] = [
  'destination',
  'queueUrl',
  'topicArn',
  'partition',
  'offset',
  'natsStream',
  'natsSequence',
  'coordinate',
  'coordinates',
  'original',
  'messageId',
  'operationType',
]
const system = fc.constantFrom('kafka', 'nats', 'rabbitmq', '', ...SYSTEMS.keys())
const range = fc.tuple(fc.nat(), fc.nat(5_000)).map(([start, count]) => `kafka/orders/3/${start}+${count}`)
const text = fc.oneof(
  range,
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('orders', 'a/b:c', 'x'.repeat(600)),
)
const value = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  fc.nat().map((intValue) => ({ intValue })),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((intValue) => ({ intValue: intValue.toString() })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc
    .array(fc.oneof(range, fc.string()), { maxLength: 3 })
    .map((texts) => ({ arrayValue: { values: texts.map((stringValue) => ({ stringValue })) } })),
)
const nameOf = (concept: Concept): fc.Arbitrary<string> => fc.constantFrom(...NAMES[concept])
const attribute = fc.oneof(
  { arbitrary: fc.record({ key: fc.constantFrom(...concepts).chain(nameOf), value }), weight: 4 },
  {
    arbitrary: fc.record({ key: nameOf('system'), value: system.map((stringValue) => ({ stringValue })) }),
    weight: 1,
  },
)

/** A request with one span of kind CONSUMER. */
function requestWith(attributes: readonly unknown[]): Uint8Array {
  const span = { traceId: '01'.repeat(16), spanId: '02'.repeat(8), name: 'process', kind: 5, attributes }
  return jsonToProtobuf(Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })))
}

function hashed({ kind, text: key }: JoinKey): string {
  const hash = new KeyHash()
  hashKey(kind, key, hash)
  return `${hash.hi} ${hash.lo}`
}

describe('the scan', () => {
  it('finds every span by the coordinate and the message id that stitching sees on it, and by no other', () => {
    hold(
      fc.property(fc.array(attribute, { maxLength: 8 }), (attributes) => {
        const body = requestWith(attributes)
        const { keys, spans } = new Scanner().scan(body)
        const span = decodeSpan(body, spans.items[2]!, 'service', 1)
        const found = Array.from(
          { length: keys.length / KEY_SLOTS },
          (_, key) => `${keys.items[key * KEY_SLOTS]} ${keys.items[key * KEY_SLOTS + 1]}`,
        )
        expect(found).toEqual(Array.from(joinKeysOf(span, new DeclaredKeys()), hashed))
      }),
      0.02,
    )
  })
})
