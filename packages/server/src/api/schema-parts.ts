import { Type } from '@sinclair/typebox'
import type {
  Static,
  TArray,
  TBoolean,
  TInteger,
  TNumber,
  TOptional,
  TSchema,
  TString,
  TUnsafe,
} from '@sinclair/typebox'

/** Names a component of the OpenAPI document. */
export function ref<T>(name: string): TUnsafe<T> {
  return Type.Unsafe<T>({ $ref: `#/components/schemas/${name}` })
}

/** One of a few strings. */
export function oneOf<const Values extends string[]>(...values: Values): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values })
}

export const traceId: TString = Type.String({
  pattern: '^[0-9a-f]{32}$',
  description: 'Trace id, lower-case hex.',
})
const spanId: TString = Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Span id, lower-case hex.' })
export const shapeId: TString = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description:
    'What a flow does, as an id: flows with the same kinds of steps and causes have the same shape.',
})
export const unixNano: TString = Type.String({
  pattern: '^[0-9]+$',
  description: 'Nanoseconds since the epoch, decimal.',
})
export const count: TInteger = Type.Integer({ minimum: 0 })
export const milliseconds: TNumber = Type.Number({ minimum: 0, description: 'Milliseconds.' })
export const names: TArray<TString> = Type.Array(Type.String())

export const stepRef: { traceId: TString; spanId: TString } = { traceId, spanId }

export const coverage: {
  complete: TBoolean
  sinceUnixNano: TOptional<TString>
  waitingTraces: TOptional<TInteger>
} = {
  complete: Type.Boolean({ description: 'Whether the answer covers everything that is stored.' }),
  sinceUnixNano: Type.Optional(
    Type.String({
      pattern: '^[0-9]+$',
      description: 'After a start, until all is taken in: it covers traces that start since then.',
    }),
  ),
  waitingTraces: Type.Optional(
    Type.Integer({ minimum: 0, description: 'Traces with news that it does not cover yet.' }),
  ),
}

/** Compiles only for a schema that says what the correlator's type says, no property more or fewer. */
export function describes<Model>(): <Schema extends TSchema>(
  schema: Same<Static<Schema>, Model> extends true ? Schema : never,
) => TSchema {
  return <Schema extends TSchema>(
    schema: Same<Static<Schema>, Model> extends true ? Schema : never,
  ): TSchema => schema
}

type Same<A, B> = [A, keyof A] extends [B, keyof B]
  ? [B, keyof B] extends [A, keyof A]
    ? true
    : false
  : false
