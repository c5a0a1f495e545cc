/** Takes bytes off a stream by the count. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #maxBytes: number
  #buffer: Buffer = Buffer.alloc(0)
  /** Bytes taken so far. */
  position = 0

  constructor(stream: AsyncIterable<Buffer>, maxBytes: number) {
    this.#chunks = stream[Symbol.asyncIterator]()
    this.#maxBytes = maxBytes
  }

  /** The next byte, which stays; undefined at the end. */
  async peek(): Promise<number | undefined> {
    return (await this.#fill(1)) ? this.#buffer[0] : undefined
  }

  /** The next `count` bytes; throws when the stream ends before, or when that is more than it may hold. */
  async take(count: number): Promise<Buffer> {
    if (count > this.#maxBytes) {
      throw new RangeError(
        `at byte ${this.position}, ${count} bytes in one piece; the most is ${this.#maxBytes}`,
      )
    }
    if (!(await this.#fill(count)))
      throw new SyntaxError(`the file ends within a message, at byte ${this.position}`)
    const taken = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(count)
    this.position += count
    return taken
  }

  async #fill(count: number): Promise<boolean> {
    if (this.#buffer.length >= count) return true
    const parts = [this.#buffer]
    let size = this.#buffer.length
    while (size < count) {
      const { done, value } = await this.#chunks.next()
      if (done) break
      parts.push(value)
      size += value.length
    }
    this.#buffer = Buffer.concat(parts, size)
    return size >= count
  }
}
