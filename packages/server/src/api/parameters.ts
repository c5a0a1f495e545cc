import { Type } from '@sinclair/typebox'
import type { TInteger, TOptional, TString } from '@sinclair/typebox'

/** Path and query parameters that several calls share. */
export const traceIdParameter: TString = Type.String({
  pattern: '^[0-9a-fA-F]{32}$',
  description: 'A trace id: 32 hex digits.',
})

export const shapeParameter: TString = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description: 'The id of a shape: 16 hex digits.',
})

export const timeParameter: TString = Type.String({
  pattern: '^[0-9]{1,19}$',
  description: 'Nanoseconds since the epoch, decimal.',
})

export const limitParameter: TInteger = Type.Integer({
  minimum: 1,
  maximum: 500,
  default: 50,
  description: 'How many to answer with at most.',
})

/** As many as one answer has without pages, of all but the largest flows. */
export const MAX_PAGE = 5000

export const pageParameters: { limit: TOptional<TInteger>; cursor: TOptional<TString> } = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE,
      description:
        'Answer in pages of at most so many steps, messages, edges and segments, of each. Without it, the flow is answered whole.',
    }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 100, description: 'Where the last page ended.' })),
}

/** `since` and `until` as the engine takes them. */
export function timeRange({ since, until }: { since?: string; until?: string }): {
  since?: bigint
  until?: bigint
} {
  return {
    ...(since !== undefined && { since: BigInt(since) }),
    ...(until !== undefined && { until: BigInt(until) }),
  }
}
