import protobuf from 'protobufjs'

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
`)

/** A `google.rpc.Status` as a protobuf library reads it, with the seconds of its RetryInfo. */
export function readStatus(bytes: Uint8Array): { code: number; message: string; retryDelaySeconds?: number } {
  const status = root.lookupType('Status').decode(bytes) as unknown as {
    code: number
    message: string
    details: { type_url: string; typeUrl: string; value: Uint8Array }[]
  }
  const retry = status.details.find(({ typeUrl }) => typeUrl === 'type.googleapis.com/google.rpc.RetryInfo')
  if (!retry) return { code: status.code, message: status.message }
  const { retryDelay } = root
    .lookupType('RetryInfo')
    .toObject(root.lookupType('RetryInfo').decode(retry.value), {
      longs: Number,
      defaults: true,
    }) as { retryDelay: { seconds: number; nanos: number } }
  return {
    code: status.code,
    message: status.message,
    retryDelaySeconds: retryDelay.seconds + retryDelay.nanos / 1e9,
  }
}
