/** One event of a server-sent event stream. */
export interface ServerEvent {
  name: string
  data: string
}

/**
 * Reads a `text/event-stream` body piece by piece; pieces may end anywhere, within a line too.
 * HTML standard, section 9.2.6; ids and retry times are not used here and skipped.
 */
export class EventStreamParser {
  #rest = ''
  #name = ''
  #data: string[] = []

  push(piece: string): ServerEvent[] {
    const text = this.#rest + piece
    // A lone CR at the end may be the first half of a CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, end).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + text.slice(end)
    return lines.map((line) => this.#line(line)).filter((event) => event !== undefined)
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#name = value
    if (field === 'data') this.#data.push(value)
    return undefined
  }

  #dispatch(): ServerEvent | undefined {
    const event = { name: this.#name || 'message', data: this.#data.join('\n') }
    const hasData = this.#data.length > 0
    this.#name = ''
    this.#data = []
    return hasData ? event : undefined
  }
}
