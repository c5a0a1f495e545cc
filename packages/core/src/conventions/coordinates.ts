import type { Attributes } from '@opentelemetry/api'
import { FLOWSTITCH_MESSAGE_COORDINATES } from '../semconv.ts'

/** Messages of one call that lie one behind the other, where the broker has put them. */
export interface CoordinateRange {
  /** What their coordinates begin with: `kafka/orders/3`. */
  readonly log: string
  /** The place of the first: an offset, a sequence. */
  readonly start: number
  readonly count: number
}

/** A call rarely goes to more partitions; an attribute must not grow with what a call is given. */
const MAX_RANGES = 256

/**
 * Notes where the broker has put the messages that one span carries: `kafka/orders/3/1842+57` are the 57 messages
 * from `kafka/orders/3/1842` on. Of too many ranges it keeps the longest; how many messages are left out shows
 * by the batch's message count.
 */
export function addCoordinates(attributes: Attributes, ranges: readonly CoordinateRange[]): Attributes {
  const known = ranges.filter(isKnown)
  const kept =
    known.length > MAX_RANGES ? known.toSorted((a, b) => b.count - a.count).slice(0, MAX_RANGES) : known
  if (kept.length > 0)
    attributes[FLOWSTITCH_MESSAGE_COORDINATES] = kept.map(
      ({ log, start, count }) => `${log}/${start}+${count}`,
    )
  return attributes
}

/** Places come from a broker's answer: what is no number of messages at a place is none. */
function isKnown({ start, count }: CoordinateRange): boolean {
  return start >= 0 && count >= 1 && Number.isSafeInteger(count) && Number.isSafeInteger(start + count)
}
