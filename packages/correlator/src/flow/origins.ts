import { append } from '../append.ts'
import type { Span } from '../decode/span.ts'
import { causesOf, type Cause } from '../stitch/causes.ts'
import type { Spans } from '../stitch/spans.ts'

/** The flows that a span belongs to, found by walking up its causes. */
export interface Membership {
  flowIds: string[]
  /** There are more: the walk ended at the limit. */
  capped: boolean
}

/**
 * Walks up from the spans to all origins, or to the first `limit` flows. Causes that go in a circle have no
 * origin: a span below such a circle alone counts to its own trace.
 */
export function flowsOf(starts: readonly Span[], spans: Spans, limit: number): Membership {
  const walk = new UpwardWalk(spans)
  for (const start of starts) {
    walk.from(start, limit)
    if (walk.flows.size > limit) break
  }
  if (walk.flows.size <= limit) for (const span of walk.withoutEnd(starts)) walk.flows.add(span.traceId)
  return { flowIds: [...walk.flows].sort().slice(0, limit), capped: walk.flows.size > limit }
}

interface Ascent {
  span: Span
  causes: Iterator<Cause>
  isCaused: boolean
  isEnd: boolean
}

/** Depth first and lazy, as one batch step may have thousands of causes, and the first few hundred are enough. */
class UpwardWalk {
  readonly flows = new Set<string>()
  readonly #spans: Spans
  readonly #seen = new Set<Span>()
  readonly #effects = new Map<Span, Span[]>()
  readonly #ends: Span[] = []

  constructor(spans: Spans) {
    this.#spans = spans
  }

  from(start: Span, limit: number): void {
    const path = this.#enter(start)
    for (let at = path.at(-1); at && this.flows.size <= limit; at = path.at(-1)) {
      const next = at.causes.next()
      if (next.done) this.#leave(path)
      else if (next.value.carries) path.push(...this.#follow(at, next.value))
    }
  }

  #enter(span: Span): Ascent[] {
    if (this.#seen.has(span)) return []
    this.#seen.add(span)
    return [{ span, causes: causesOf(span, this.#spans), isCaused: false, isEnd: true }]
  }

  #follow(at: Ascent, { from, flowId }: Cause): Ascent[] {
    at.isCaused = true
    if (flowId !== undefined) this.flows.add(flowId)
    if (!from) return []
    at.isEnd = false
    append(this.#effects, from, at.span)
    return this.#enter(from)
  }

  #leave(path: Ascent[]): void {
    const { span, isCaused, isEnd } = path.pop()!
    if (!isCaused) this.flows.add(span.traceId)
    if (isEnd) this.#ends.push(span)
  }

  /** The spans that no end of the walk leads down to. */
  withoutEnd(starts: readonly Span[]): Span[] {
    const reached = new Set(this.#ends)
    for (const span of reached) for (const effect of this.#effects.get(span) ?? []) reached.add(effect)
    return starts.filter((span) => !reached.has(span))
  }
}
