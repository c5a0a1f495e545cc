import { DATADOG_ATTRIBUTE } from './datadog.ts'
import { parseObject, textsIn, type Headers } from './headers.ts'

/** The name below which a payload, or an item, has what `captureContext` of core answered. */
export const CONTEXT_KEY = 'trace_context'

/** Kinesis takes 10 MiB, and so does a function that gets records of it; what is longer is hardly JSON with headers. */
const MAX_LENGTH = 1024 * 1024

/** The headers in what has no place for any: those whom its maker has put below a name, or among what else it has. */
export function payloadHeaders(payload: unknown, contextKey: string = CONTEXT_KEY): Headers {
  const { [DATADOG_ATTRIBUTE]: ofDatadog, [contextKey]: captured } = (payload ?? {}) as Record<
    string,
    unknown
  >
  return { ...textsIn(ofDatadog), ...textsIn(payload), ...textsIn(captured) }
}

/** The same in JSON. Most of it has none, and need not be parsed. */
export function jsonHeaders(text: string, contextKey: string = CONTEXT_KEY): Headers {
  const mayHave = ['traceparent', DATADOG_ATTRIBUTE, contextKey].some((name) => text.includes(`"${name}"`))
  return mayHave ? payloadHeaders(parseObject(text, MAX_LENGTH), contextKey) : {}
}
