import type { ReadableSpan } from '@opentelemetry/sdk-trace'

export type Level = 'MUST' | 'SHOULD' | 'RECOMMENDED' | 'CONDITIONAL'

interface Row {
  readonly id: string
  readonly level: Level
  readonly text: string
  /** Whose rule it is, where it is not everybody's. */
  readonly system?: string
}

/** A rule of OpenTelemetry's messaging conventions that can be read off a span. */
export interface SpanRule extends Row {
  /** Whether it says anything about the span. */
  applies(span: ReadableSpan): boolean
  holds(span: ReadableSpan): boolean
  /** The behaviours that make such spans, or how their names begin: where they are skipped, there are none. */
  readonly shownBy?: readonly string[]
  /** Why there may be none otherwise. */
  readonly silence?: string
}

/** One that no span shows by itself: behaviours of the suite prove it. */
export interface ProvedRule extends Row {
  /** The behaviours' names, or how they begin. */
  readonly provedBy: readonly string[]
}

/** One that is not followed, for a reason. */
export interface Departure extends Row {
  readonly departs: string
}

export type Rule = SpanRule | ProvedRule | Departure
