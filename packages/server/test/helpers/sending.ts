import type { FakeEngine } from './fake-engine.ts'
import { serving } from './serving.ts'

export const PROTOBUF = 'application/x-protobuf'
export const BODY: Buffer<ArrayBuffer> = Buffer.from([0x0a, 0x00])

interface Sending {
  type?: string
  body?: Uint8Array<ArrayBuffer> | Buffer
  headers?: Record<string, string>
  token?: string
}

/** Sends a request to a server of its own with this engine. */
export async function sendTo(
  engine: FakeEngine,
  { type = PROTOBUF, body = BODY, headers = {}, token }: Sending = {},
): Promise<Response> {
  const { otlpHttp } = await serving(engine, token === undefined ? {} : { token })
  return fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: new Uint8Array(body),
  })
}
