/** Names that brokers and clients make up: what follows the prefix says nothing. */
const MADE_UP = /^(amq\.gen-|amq\.ctag-|_INBOX\.|ephemeral-)\S+/
/** A UUID, whatever its version. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
/** Hexadecimal digits, a number among them, that are too many for a word. */
const HEX = /\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi
/** A number that stands alone (`/users/7`, `orders.2`), or a long one at a word (`user12345`); not `v2`, `s3`, `http2`. */
const NUMBER = /(?<![\p{L}\p{N}])\d+(?![\p{L}\p{N}])|\d{3,}/gu

/** Beyond this many names, what was worked out is forgotten and worked out again. */
const MAX_KNOWN = 10_000
/** Longer names than this are texts. */
const MAX_LENGTH = 200

const known = new Map<string, string>()

/**
 * The name without what makes one of it for each request: numbers and ids become `#`. Span names and
 * destinations should be few, say the conventions; many instrumentations don't know that.
 */
export function lowCardinality(name: string): string {
  let result = known.get(name)
  if (result === undefined) {
    result = name
      .slice(0, MAX_LENGTH)
      .replace(MADE_UP, '$1#')
      .replaceAll(UUID, '#')
      .replaceAll(HEX, '#')
      .replaceAll(NUMBER, '#')
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(name, result)
  }
  return result
}
