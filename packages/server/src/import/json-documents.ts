const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d]

/**
 * Cuts a stream into its top-level JSON objects by their braces, so that JSON lines, indented documents and
 * documents without anything in between are all read the same way.
 */
export async function* jsonDocuments(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer, void> {
  let depth = 0
  let inString = false
  let escaped = false
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (inString) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (byte === OPEN && depth++ === 0) from = at
      else if (byte === CLOSE && --depth === 0) {
        yield Buffer.concat([...parts, chunk.subarray(from, at + 1)])
        parts = []
        size = 0
        from = at + 1
      }
      if (depth < 0) throw new SyntaxError('a closing brace without an opening one')
    }
    if (depth === 0) continue
    parts.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > maxBytes) throw new RangeError(`a JSON document is larger than ${maxBytes} bytes`)
  }
  if (depth > 0) throw new SyntaxError('the file ends within a JSON document')
}
