import type { MsgHdrs } from '@nats-io/nats-core'

/**
 * The client is built of its own public calls: `request` publishes, `consume` subscribes, `js.publish`
 * requests. What it does for a call that is traced already is none of the user's own doing.
 */
let depth = 0

/** Runs a call of the client; what it calls in turn, before it returns, counts as internal. */
export function internally<R>(call: () => R): R {
  depth++
  try {
    return call()
  } finally {
    depth--
  }
}

/** JetStream repeats a publish later, out of reach of `internally`, but with the headers that it was given. */
const traced = new WeakSet<MsgHdrs>()

/** Marks the headers of a message whose sending is traced. */
export function markTraced(headers: MsgHdrs): MsgHdrs {
  traced.add(headers)
  return headers
}

/** Whether a call is part of one that is traced already. */
export function isInternal(headers?: MsgHdrs): boolean {
  return depth > 0 || (headers !== undefined && traced.has(headers))
}
