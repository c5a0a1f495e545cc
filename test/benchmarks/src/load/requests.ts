import { requestOf } from './otlp.ts'
import { Random } from './random.ts'
import type { LoadSpan } from './span.ts'

/** What happens to telemetry on its way. Shares are of spans. */
export interface Disturbance {
  readonly duplicated?: number
  readonly dropped?: number
  readonly shuffled?: boolean
}

const SPANS_A_REQUEST = 512

/** Export requests as services send them: each with spans of one service. */
export function requestsOf(
  spans: readonly LoadSpan[],
  spansARequest: number = SPANS_A_REQUEST,
): Uint8Array[] {
  const open = new Map<string, LoadSpan[]>()
  const requests: Uint8Array[] = []
  for (const span of spans) {
    const batch = open.get(span.service) ?? []
    open.set(span.service, batch)
    if (batch.push(span) === spansARequest) requests.push(requestOf(span.service, batch.splice(0)))
  }
  for (const [service, batch] of open) if (batch.length > 0) requests.push(requestOf(service, batch))
  return requests
}

/** The same spans after a rough journey. */
export function disturb(
  spans: readonly LoadSpan[],
  seed: number,
  { duplicated = 0, dropped = 0, shuffled = false }: Disturbance,
): LoadSpan[] {
  const random = new Random(seed)
  const left = dropped > 0 ? spans.filter(() => !random.chance(dropped)) : [...spans]
  const all = duplicated > 0 ? [...left, ...left.filter(() => random.chance(duplicated))] : left
  return shuffled ? random.shuffle(all) : all
}
