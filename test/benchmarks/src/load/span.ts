export type Attributes = Record<string, string | number | boolean>

/** Points at one span, in lower-case hex. */
export interface Ref {
  readonly traceId: string
  readonly spanId: string
}

export interface LoadLink extends Ref {
  readonly attributes?: Attributes
  readonly state?: string
}

/** A span as some service would export it. Times are microseconds after the load's start. */
export interface LoadSpan extends Ref {
  readonly parentSpanId?: string
  readonly service: string
  readonly name: string
  readonly kind: Kind
  readonly from: number
  readonly to: number
  readonly attributes: Attributes
  readonly links: readonly LoadLink[]
  readonly state?: string
  readonly failed: boolean
}

export type Kind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** Where the virtual clock starts: 2026-01-01, in milliseconds since the epoch. */
export const LOAD_START_MS = 1_767_225_600_000

/** When everything is over, and late enough for every verdict. */
export const LOAD_END_MS: number = LOAD_START_MS + 86_400_000

export const MS = 1000
export const SECOND = 1000 * MS
export const HOUR = 3600 * SECOND

export function keyOf({ traceId, spanId }: Ref): string {
  return `${traceId}-${spanId}`
}
