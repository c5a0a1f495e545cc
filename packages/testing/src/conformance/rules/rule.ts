import type { ReadableSpan } from '@opentelemetry/sdk-trace'

export type Level = 'MUST' | 'SHOULD' | 'RECOMMENDED' | 'CONDITIONAL'

interface Row {
  readonly id: string
  readonly level: Level
  readonly text: string
}

/** A rule of OpenTelemetry's messaging conventions that can be read off a span. */
export interface SpanRule extends Row {
  /** Whether it says anything about the span. */
  applies(span: ReadableSpan): boolean
  holds(span: ReadableSpan): boolean
}

/** One that no span shows by itself: behaviours of the suite prove it. */
export interface ProvedRule extends Row {
  /** The behaviours' names, or how they begin. */
  readonly provedBy: readonly string[]
}

/** One that is not followed, for a reason; for one system or for all. */
export interface Departure extends Row {
  readonly departs: string
  readonly system?: string
}

export type Rule = SpanRule | ProvedRule | Departure
