import { SpanStatusCode } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

type Test = (span: ReadableSpan) => boolean

export const always: Test = () => true

export function typeOf(span: ReadableSpan): string {
  return String(span.attributes[names.MESSAGING_OPERATION_TYPE])
}

export function isType(...types: string[]): Test {
  return (span) => types.includes(typeOf(span))
}

export function has(name: string): Test {
  return ({ attributes }) => attributes[name] !== undefined
}

export function all(...tests: Test[]): Test {
  return (span) => tests.every((test) => test(span))
}

export function not(test: Test): Test {
  return (span) => !test(span)
}

export function isOf(...systems: string[]): Test {
  return ({ attributes }) => systems.includes(String(attributes[names.MESSAGING_SYSTEM_NAME]))
}

export function isInteger(name: string): Test {
  return ({ attributes }) => Number.isInteger(attributes[name])
}

export function text({ attributes }: ReadableSpan, name: string): string {
  return String(attributes[name])
}

export function failed({ status }: ReadableSpan): boolean {
  return status.code === SpanStatusCode.ERROR
}

export const isBatch: Test = has(names.MESSAGING_BATCH_MESSAGE_COUNT)

/** How many messages it accounts for. A span that carries further links of another has that one's count. */
export function countOf({ attributes }: ReadableSpan): number {
  return Number(attributes[names.MESSAGING_BATCH_MESSAGE_COUNT] ?? 1)
}

export const isSeveral: Test = (span) => isBatch(span) && countOf(span) > 1

export const lowCardinality: Test = all(
  not(has(names.MESSAGING_DESTINATION_TEMPORARY)),
  not(has(names.MESSAGING_DESTINATION_ANONYMOUS)),
)

/** Redis gives entries of streams ids, and neither values of lists nor messages of channels. */
export const namesMessages: Test = (span) =>
  !isOf('redis')(span) || text(span, names.MESSAGING_OPERATION_NAME).startsWith('x')
