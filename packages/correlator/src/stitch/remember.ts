import type { Spans } from './spans.ts'

/** What was found out, for as long as one question is worked on. */
export type Memory<K, T> = WeakMap<Spans, Map<K, T>>

/** Finds out something about a key, once for each set of spans. */
export function remember<K, T>(
  memory: Memory<K, T>,
  key: K,
  spans: Spans,
  find: (key: K, spans: Spans) => T,
): T {
  let known = memory.get(spans)
  if (!known) memory.set(spans, (known = new Map()))
  let found = known.get(key)
  if (found === undefined) known.set(key, (found = find(key, spans)))
  return found
}
