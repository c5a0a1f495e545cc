/** The flow context of contract "Flow context on the wire". Times are milliseconds since the epoch. */
export interface FlowContext {
  flowId: string
  flowStartMs: number
  sentMs: number
  hop: number
}

const MEMBER =
  /(?:^|,)[ \t]*flowstitch=1-([0-9a-f]{32})-([0-9a-z]{1,10})-([0-9a-z]{1,10})-([0-9]{1,6})[ \t]*(?:,|$)/
/** `ot=th:…` (OpenTelemetry, "TraceState: Probability Sampling"); a threshold of 0 keeps everything. */
const THRESHOLD = /(?:^|,)[ \t]*ot=(?:[^,]*;)?th:([0-9a-f]{1,14})/
const MARK = Buffer.from('flowstitch=1-')

/** The flow context in a W3C `tracestate`; unknown versions and malformed values are none. */
export function flowContextOf(traceState: string): FlowContext | undefined {
  const match = MEMBER.exec(traceState)
  if (!match || /^0+$/.test(match[1]!)) return undefined
  return {
    flowId: match[1]!,
    flowStartMs: Number.parseInt(match[2]!, 36),
    sentMs: Number.parseInt(match[3]!, 36),
    hop: Number(match[4]),
  }
}

/** A `tracestate` that names the flow and says nothing else. */
export function tracestateOf(flowId: string): string {
  return `${MARK.toString()}${flowId}-0-0-0`
}

/** Whether only some spans like this one are recorded. */
export function isSampled(traceState: string): boolean {
  const match = THRESHOLD.exec(traceState)
  return match !== null && /[^0]/.test(match[1]!)
}

/** The flow id in the bytes of a `tracestate`, which in most spans holds nothing of ours. */
export function flowIdIn(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start < MARK.length + 32) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
  return text.includes(MARK) ? flowContextOf(text.toString('latin1'))?.flowId : undefined
}
