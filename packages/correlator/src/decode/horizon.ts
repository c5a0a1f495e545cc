import { KEY_SLOTS } from './join-keys.ts'
import { SPAN_SLOTS, type Scan } from './scan.ts'

/** How far ahead of ours another clock may be; a time beyond is a mistake, and would head every list for good. */
const AHEAD_SECONDS = 86_400

/** Takes spans that start more than a day after `nowMs` out of what a scan found; answers how many they were. */
export function rejectFuture(scan: Scan, nowMs: number): number {
  const latest = nowMs / 1000 + AHEAD_SECONDS
  const { spans, keys } = scan
  const rejected = new Set<number>()
  for (let at = 0; at < spans.length; at += SPAN_SLOTS)
    if (spans.items[at + 3]! > latest) rejected.add(spans.items[at + 2]!)
  if (rejected.size === 0) return 0
  spans.length = keep(spans, SPAN_SLOTS, rejected)
  keys.length = keep(keys, KEY_SLOTS, rejected)
  scan.accepted -= rejected.size
  scan.rejected += rejected.size
  return rejected.size
}

/** Moves the entries of other positions to the front; answers how long that makes the list. */
function keep({ items, length }: Scan['keys'], slots: number, rejected: ReadonlySet<number>): number {
  let to = 0
  for (let at = 0; at < length; at += slots) {
    if (rejected.has(items[at + 2]!)) continue
    items.copyWithin(to, at, at + slots)
    to += slots
  }
  return to
}
