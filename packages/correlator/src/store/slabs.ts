const SLAB_BYTES = 4 * 2 ** 20

/**
 * Copies of requests, one behind the other in large pieces of memory. These are shared buffers, though nobody shares
 * them, as V8 leaves those out of what makes it collect garbage: it would go through all it has, again and again, for
 * bytes that are meant to stay.
 */
export class Slabs {
  #slab: Buffer = Buffer.alloc(0)
  #used = 0

  copy(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > this.#slab.length) {
      this.#slab = Buffer.from(new SharedArrayBuffer(Math.max(SLAB_BYTES, bytes.length)))
      this.#used = 0
    }
    this.#slab.set(bytes, this.#used)
    this.#used += bytes.length
    return this.#slab.subarray(this.#used - bytes.length, this.#used)
  }
}
