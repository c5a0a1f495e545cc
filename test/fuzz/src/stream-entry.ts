import fc, { type Arbitrary } from 'fast-check'
import { headerName, text } from './hostile.ts'

/** The id of an entry of a Redis stream. */
export const entryId: Arbitrary<string> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat()).map(([ms, sequence]) => `${ms}-${sequence}`),
  fc.constantFrom('1700000000000-0', '18446744073709551615-18446744073709551615'),
)

const field = fc.oneof(
  headerName,
  headerName.map((name) => Buffer.from(name)),
)

/** The fields of an entry, one behind the other; the last may lack its value. */
export const entryFields: Arbitrary<(string | Buffer)[]> = fc
  .tuple(fc.array(fc.tuple(field, text), { maxLength: 8 }), fc.boolean())
  .map(([pairs, odd]) => pairs.flat().slice(odd ? 1 : 0))
