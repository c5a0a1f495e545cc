/** JetStream adds headers of its own to what it is given: expectations, a time to live, a schedule. */
const HEADROOM = 1024

/** What takes room in a message to be published. */
export interface Sized {
  readonly payload: string | Uint8Array | undefined
  readonly headers: Iterable<readonly [name: string, values: readonly string[]]> | undefined
}

/** The first of the fields that fit; `maxPayload` is the most bytes that the server takes, headers included. */
export function fittingFields(
  { payload, headers }: Sized,
  fields: Readonly<Record<string, string>>,
  maxPayload: number = Infinity,
): [name: string, value: string][] {
  let room = maxPayload - HEADROOM - (payload === undefined ? 0 : Buffer.byteLength(payload))
  for (const [name, values] of headers ?? []) for (const value of values) room -= lineSize(name, value)
  const fitting: [string, string][] = []
  for (const [name, value] of Object.entries(fields)) {
    room -= lineSize(name, value)
    if (room < 0) break
    fitting.push([name, value])
  }
  return fitting
}

function lineSize(name: string, value: string): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + ': \r\n'.length
}
