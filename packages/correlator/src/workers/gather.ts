import { decodeSpan } from '../decode/span.ts'
import { hashKey } from '../stitch/span-keys.ts'
import type { Spans } from '../stitch/spans.ts'
import { StoredSpans, type KeyJoin, type SpanSource } from '../stitch/stored-spans.ts'
import { KEY_LINKED_TRACE, KEY_TRACE, KeyHash } from '../store/hash.ts'
import type { Location, StoredSpan } from '../store/store.ts'
import { partitionOf } from './partition.ts'
import { decodeFound, encodeRead, type HashedKey } from './reads.ts'

/** Asks the owner of a partition for what it has; both sides of the exchange are bytes. */
export type ReadPartition = (partition: number, read: Uint8Array) => Promise<Uint8Array>

/**
 * Answers a question whose spans are spread over partitions. The rules are pure and synchronous, so the
 * question is simply asked of what has been read so far; whatever it looked for in vain is read from its
 * owners, all of it at once, and the question is asked again, until it misses nothing. A flow takes about as
 * many rounds as it has messages in a row, however wide it is.
 */
export async function gather<T>(
  question: (spans: Spans) => T,
  partitions: number,
  read: ReadPartition,
  join: KeyJoin,
): Promise<T> {
  const gathered = new GatheredSpans()
  for (;;) {
    const answer = attempt(question, new StoredSpans(gathered, join))
    const missed = gathered.takeMissed()
    if (missed.length === 0) return answer()
    const named = await gathered.readAll(missed, partitions, read)
    await gathered.readAll(named, partitions, read)
  }
}

/** The rules may trip over a part of the spans; that counts only once they are all there. */
function attempt<T>(question: (spans: Spans) => T, spans: Spans): () => T {
  try {
    const answer = question(spans)
    return () => answer
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** What has been read so far for one question, and what was looked for and has not been. */
class GatheredSpans implements SpanSource {
  readonly #spans: StoredSpan[] = []
  readonly #found = new Map<string, Location[]>()
  readonly #missed = new Map<string, HashedKey>()

  find({ hi, lo }: KeyHash): Location[] {
    const key = { hi, lo }
    const found = this.#found.get(textOf(key))
    if (!found) this.#missed.set(textOf(key), key)
    return found ?? []
  }

  read({ position }: Location): StoredSpan {
    return this.#spans[position]!
  }

  takeMissed(): HashedKey[] {
    const missed = [...this.#missed.values()]
    this.#missed.clear()
    return missed
  }

  /**
   * Reads the keys from their owners. Answers what is asked for next for sure, or nearly so: the traces of
   * spans of which only the ids were told, and what links into them.
   */
  async readAll(keys: readonly HashedKey[], partitions: number, read: ReadPartition): Promise<HashedKey[]> {
    const byOwner = Map.groupBy(keys, ({ hi }) => partitionOf(hi, partitions))
    const traces = new Set<string>()
    await Promise.all(
      [...byOwner].map(async ([owner, own]) => {
        const found = decodeFound(await read(owner, encodeRead(own)), owner)
        for (const [index, key] of own.entries())
          for (const traceId of this.#add(key, found[index] ?? [])) traces.add(traceId)
      }),
    )
    const next = [...traces].flatMap((id) => [hashed(KEY_TRACE, id), hashed(KEY_LINKED_TRACE, id)])
    return next.filter((key) => !this.#found.has(textOf(key)))
  }

  /** Answers the traces that the spans are of. */
  #add(key: HashedKey, spans: readonly StoredSpan[]): Set<string> {
    const locations: Location[] = []
    const traces = new Set<string>()
    for (const span of spans) {
      locations.push({ segment: 0, position: this.#spans.push(span) - 1 })
      traces.add(decodeSpan(span.bytes, span.position, '', 0).traceId)
    }
    this.#found.set(textOf(key), locations)
    return traces
  }
}

function hashed(kind: number, text: string): HashedKey {
  const hash = new KeyHash()
  hashKey(kind, text, hash)
  return { hi: hash.hi, lo: hash.lo }
}

function textOf({ hi, lo }: HashedKey): string {
  return `${hi}-${lo}`
}
