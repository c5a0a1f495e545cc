import { contextHeaders, type Carrier, type ReadCarrier } from '@flowstitch/core'
import type { JobsOptions } from 'bullmq'
import type { BullmqOutgoing } from './message.ts'

/** Anybody may have written them: not all values need be text. */
type Headers = Readonly<Record<string, unknown>>

const NONE: Headers = {}

export const receivedCarrier: ReadCarrier<{ readonly opts: JobsOptions }> = {
  get({ opts }, name) {
    const headers = headersOf(opts) ?? NONE
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return typeof value === 'string' ? value : undefined
  },
  names: ({ opts }) => Object.keys(headersOf(opts) ?? NONE),
}

/**
 * A job has one text for telemetry, `opts.telemetry.metadata`. Ours are the headers as JSON, as `bullmq-otel`
 * writes and reads them too.
 */
export const sentCarrier: Carrier<BullmqOutgoing> = {
  ...receivedCarrier,
  with(message, fields) {
    const { telemetry } = message.opts
    const own = headersOf(message.opts)
    // The user wants none there, or has put something there that is no headers.
    if (telemetry?.omitContext || !own) return message
    const metadata = JSON.stringify({ ...own, ...fields })
    return { ...message, opts: { ...message.opts, telemetry: { ...telemetry, metadata } } }
  },
}

/** Without the context of another job: BullMQ hands a job's options on to the next one of its scheduler. */
export function withoutContext(opts: JobsOptions): JobsOptions {
  const headers = Object.entries(headersOf(opts) ?? NONE)
  const context = new Set(headers.length > 0 ? contextHeaders() : [])
  const own = headers.filter(([name]) => !context.has(name))
  if (own.length === headers.length) return opts
  const metadata = own.length > 0 ? JSON.stringify(Object.fromEntries(own)) : undefined
  return { ...opts, telemetry: { ...opts.telemetry, metadata } }
}

/** What was parsed last: a job is asked for several headers in a row. */
let parsed: { readonly text: string; readonly headers: Headers | undefined } | undefined

/** The headers of a job; undefined where its metadata is something else. */
function headersOf({ telemetry }: JobsOptions): Headers | undefined {
  const text: unknown = telemetry?.metadata
  if (text === undefined || text === '') return NONE
  if (typeof text !== 'string') return undefined
  if (parsed?.text !== text) parsed = { text, headers: parse(text) }
  return parsed.headers
}

function parse(text: string): Headers | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? ((value ?? undefined) as Headers) : undefined
  } catch {
    return undefined
  }
}
