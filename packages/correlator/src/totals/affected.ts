import type { Span } from '../decode/span.ts'
import { coordinatesIn, rangesOf } from '../names/coordinates.ts'
import { coordinateOf, hasJoinKeys, textOf } from '../names/messaging.ts'
import { isConsumer, operationOfSpan } from '../stitch/container.ts'
import { sharingPlace } from '../stitch/keys.ts'
import type { Spans } from '../stitch/spans.ts'

/** An id that more spans than this share tells nobody apart. */
const MOST_SHARING = 100

/**
 * The traces whose units may change when something of this trace comes: those that it links to, and those
 * that report the same coordinates and ids, also by way of a consumer that now has a better sender. A report
 * that a newer one replaces counts, too: what was counted by it has to go.
 */
export function affectedBy(traceId: string, spans: Spans): Set<string> {
  const affected = new Set([traceId])
  for (const span of spans.reports(traceId)) {
    for (const link of span.links) affected.add(link.traceId)
    for (const other of sharing(span, spans)) {
      affected.add(other.traceId)
      if (isConsumer(other)) for (const third of sharing(other, spans)) affected.add(third.traceId)
    }
  }
  return affected
}

function sharing(span: Span, spans: Spans): readonly Span[] {
  if (!hasJoinKeys(span.kind) || operationOfSpan(span) === undefined) return []
  const places = [coordinateOf(span.facts), textOf(span.facts.original)]
  const id = textOf(span.facts.messageId)
  return [
    ...places.flatMap((place) => (place === undefined ? [] : few(sharingPlace(place, spans)))),
    ...Array.from(coordinatesIn(rangesOf(span.facts)), (place) => few(spans.withCoordinate(place))).flat(),
    ...(id === undefined ? [] : few(spans.withMessageId(id))),
    ...few(spans.sharingKey(span)),
  ]
}

/** Of many, those that sent: only they can be what a message is counted with. */
function few(found: readonly Span[]): readonly Span[] {
  if (found.length <= MOST_SHARING) return found
  const senders = found.filter((span) => !isConsumer(span))
  return senders.length <= MOST_SHARING ? senders : []
}
