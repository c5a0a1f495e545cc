import type { FlowState, Message, MissingStep, ShapeFrequency } from '../model.ts'
import type { FlowShape } from '../shape/flow-shape.ts'

/** What decides, apart from its spans, what a flow is called. Times are milliseconds since the epoch, spans of time milliseconds. */
export interface Circumstances {
  now: number
  /** A flow is active until nothing has happened for this long. */
  quietAfterMs: number
  /** A message that nobody got for this long is stuck. */
  stalledAfterMs: number
  /** Says of a message that nobody got whether it waits, is lost, or can't be known about. */
  judge: (message: Message) => void
  normal: Normal
}

/** What flows normally do, and what that says about one of them. */
export interface Normal {
  missing(shape: FlowShape): MissingStep[]
  /** Undefined where few flows of the same origin are known. */
  frequency(shape: FlowShape): ShapeFrequency | undefined
}

export const NOTHING_NORMAL: Normal = { missing: () => [], frequency: () => undefined }

/** Failed as soon as nothing can recover it, active while something may still happen, stalled when it should have. */
export function flowState(
  messages: readonly Message[],
  end: bigint,
  originFailed: boolean,
  { now, quietAfterMs, stalledAfterMs }: Circumstances,
): FlowState {
  const states = new Set(messages.map((message) => message.state))
  if (states.has('dead-lettered')) return 'failed'
  if (now - Number(end / 1_000_000n) < quietAfterMs) return 'active'
  if (originFailed || states.has('failed') || states.has('lost')) return 'failed'
  const waiting = messages.filter(isExpected)
  if (waiting.length === 0) return 'quiet'
  return waiting.some((message) => now - sentMs(message) >= stalledAfterMs) ? 'stalled' : 'active'
}

/** Where no consumer has ever reported anything, telemetry of one is nothing to wait for. */
function isExpected({ state, reasons }: Message): boolean {
  return state === 'in-flight' && reasons?.includes('no-consumer-telemetry') !== true
}

function sentMs(message: Message): number {
  return message.sentTimeUnixNano === undefined ? 0 : Number(BigInt(message.sentTimeUnixNano) / 1_000_000n)
}
