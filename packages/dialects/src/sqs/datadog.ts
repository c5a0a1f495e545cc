import { attributeText } from './attributes.ts'
import { parseObject, textsIn, type Headers } from './headers.ts'

/** The attribute into which Datadog's tracer puts all of its headers, as JSON: SQS has room for few attributes. */
export const DATADOG_ATTRIBUTE = '_datadog'

/** Its headers take some hundred characters; the baggage among them may take more. */
const MAX_LENGTH = 64 * 1024
const NONE: Headers = {}

const known = new WeakMap<object, Headers>()

/** The headers in such an attribute; none where it is none. */
export function datadogHeaders(attribute: unknown): Headers {
  if (typeof attribute !== 'object' || attribute === null) return NONE
  const found = known.get(attribute) ?? textsIn(parseObject(attributeText(attribute), MAX_LENGTH))
  known.set(attribute, found)
  return found
}
