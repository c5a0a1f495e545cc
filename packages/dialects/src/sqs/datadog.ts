import { attributeText } from './attributes.ts'

/** The attribute into which Datadog's tracer puts all of its headers, as JSON: SQS has room for few attributes. */
export const DATADOG_ATTRIBUTE = '_datadog'

type Headers = Readonly<Record<string, string>>

const NONE: Headers = {}
/** Its headers take some hundred characters; the baggage among them may take more. */
const MAX_LENGTH = 64 * 1024

const known = new WeakMap<object, Headers>()

/** The headers in such an attribute; none where it is none. */
export function datadogHeaders(attribute: unknown): Headers {
  if (typeof attribute !== 'object' || attribute === null) return NONE
  const found = known.get(attribute) ?? parse(attributeText(attribute))
  known.set(attribute, found)
  return found
}

function parse(text: string | undefined): Headers {
  if (text === undefined || text.length > MAX_LENGTH) return NONE
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null) return NONE
    return Object.fromEntries(Object.entries(parsed).filter(([, value]) => typeof value === 'string'))
  } catch {
    return NONE
  }
}
