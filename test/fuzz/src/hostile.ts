import fc, { type Arbitrary } from 'fast-check'

const TRACE_ID = fc.oneof(fc.constantFrom('a'.repeat(32), '0'.repeat(32), 'A'.repeat(32)), hex(32))
const SPAN_ID = fc.oneof(fc.constantFrom('b'.repeat(16), '0'.repeat(16)), hex(16))
const DIGITS = fc.oneof(
  fc.bigInt({ min: -1n, max: 1n << 65n }).map(String),
  fc.constantFrom('NaN', '1e400', '00'),
)

/** Values of the headers that a context travels in, right and nearly right. */
export const contextValue: Arbitrary<string> = fc.oneof(
  joined(
    '-',
    fc.constantFrom('00', 'ff', '01', '0', '-'),
    TRACE_ID,
    SPAN_ID,
    fc.constantFrom('00', '01', 'zz'),
  ),
  joined('-', TRACE_ID, SPAN_ID, fc.constantFrom('0', '1', 'd', ''), SPAN_ID),
  joined(
    '-',
    fc.constantFrom('flowstitch=1', 'flowstitch=2', 'a=b,flowstitch=1'),
    TRACE_ID,
    DIGITS,
    DIGITS,
    DIGITS,
  ),
  fc
    .tuple(hex(8), hex(24), SPAN_ID)
    .map(([epoch, rest, parent]) => `Root=1-${epoch}-${rest};Parent=${parent};Sampled=1`),
  DIGITS,
  SPAN_ID.map((upper) => `_dd.p.dm=-1,_dd.p.tid=${upper}`),
  fc.constantFrom('tenant=blue', ',,==;', '=', '%', '%E0%A4%A', 'a=%zz', ';'.repeat(2000), ','.repeat(2000)),
)

/** Names of such headers in any case, and names that objects know anyway. */
export const headerName: Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'traceparent',
          'tracestate',
          'baggage',
          'b3',
          'x-b3-traceid',
          'x-b3-spanid',
          'x-b3-sampled',
          'x-b3-flags',
          'x-amzn-trace-id',
          'x-datadog-trace-id',
          'x-datadog-parent-id',
          'x-datadog-tags',
          'x-datadog-sampling-priority',
        ),
        fc.constantFrom('as it is', 'upper', 'title'),
      )
      .map(([name, form]) => inCase(name, form)),
  },
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'then', ''),
  fc.string(),
)

/** What a client would write or hand out as a header: text and bytes, short, long and broken. */
export const text: Arbitrary<string | Buffer> = fc.oneof(
  { weight: 6, arbitrary: contextValue },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: contextValue.map((value) => Buffer.from(value)) },
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 16 }).map((size) => '00-'.repeat(size * 1000)) },
)

/** Whatever else a program can put where text belongs. */
export const anything: Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 2, arbitrary: fc.array(text) },
  {
    weight: 2,
    arbitrary: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        () => Symbol('header'),
        () => () => 'called',
        () => nested(20_000),
        () => circular(),
        () => ({ toString: fails }),
        () => ({ toString: () => 5, [Symbol.toPrimitive]: () => ({}) }),
        () => Object.defineProperty({}, 'length', { get: fails, enumerable: true }),
      )
      .map((make) => make()),
  },
)

/** A table of headers, whose values may be anything and whose getters may throw; or no table at all. */
export const headers: Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 10, arbitrary: table(anything) },
  { weight: 2, arbitrary: table(anything).map(withThrowingGetter) },
  { weight: 1, arbitrary: anything as Arbitrary<Record<string, unknown>> },
)

/** A table of headers as a broker's client takes or gives them. */
export function table<T>(value: Arbitrary<T>): Arbitrary<Record<string, T>> {
  return fc.dictionary(headerName, value, { maxKeys: 8 })
}

function hex(length: number): Arbitrary<string> {
  return fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: length,
    maxLength: length,
  })
}

function joined(separator: string, ...parts: Arbitrary<string>[]): Arbitrary<string> {
  return fc
    .tuple(fc.tuple(...parts), fc.nat(parts.length + 1))
    .map(([texts, kept]) => texts.slice(0, kept || texts.length).join(separator))
}

function inCase(name: string, form: string): string {
  if (form === 'upper') return name.toUpperCase()
  return form === 'title' ? name.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase()) : name
}

function withThrowingGetter(record: Record<string, unknown>): Record<string, unknown> {
  return Object.defineProperty({ ...record }, 'traceparent', { get: fails, enumerable: true })
}

function fails(): never {
  throw new Error('not to be read')
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function circular(): unknown[] {
  const list: unknown[] = []
  list.push(list)
  return list
}
