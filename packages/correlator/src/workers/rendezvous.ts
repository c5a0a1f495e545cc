import { decodeSpan } from '../decode/span.ts'
import { keyOf } from '../stitch/container.ts'
import { hashKey } from '../stitch/span-keys.ts'
import { KEY_TRACE, KeyHash } from '../store/hash.ts'
import type { Store, StoredSpan } from '../store/store.ts'
import { idsOnly, type HashedKey } from './reads.ts'

/**
 * What one partition has under a key: of a trace, its spans as they came; of any other key, the ids of the
 * spans that carry it. Those are its own spans and, parked until somebody asks, half-edges of all others.
 */
export class Rendezvous {
  readonly #spans: Store
  readonly #halfEdges: Store
  readonly #hash = new KeyHash()

  constructor(spans: Store, halfEdges: Store) {
    this.#spans = spans
    this.#halfEdges = halfEdges
  }

  find(key: HashedKey): StoredSpan[] {
    const whole: StoredSpan[] = []
    const ids = new Map<string, StoredSpan>()
    for (const store of [this.#spans, this.#halfEdges])
      for (const found of this.#read(key, store)) {
        const span = decodeSpan(found.bytes, found.position, '', 0)
        if (!this.#isOfTrace(key, span.traceId)) ids.set(keyOf(span), idsOnly(span))
        else if (store === this.#spans) whole.push(found)
      }
    return [...whole, ...ids.values()]
  }

  #read({ hi, lo }: HashedKey, store: Store): StoredSpan[] {
    this.#hash.hi = hi
    this.#hash.lo = lo
    return store.find(this.#hash).map((location) => store.read(location))
  }

  #isOfTrace({ hi, lo }: HashedKey, traceId: string): boolean {
    hashKey(KEY_TRACE, traceId, this.#hash)
    return this.#hash.hi === hi && this.#hash.lo === lo
  }
}
