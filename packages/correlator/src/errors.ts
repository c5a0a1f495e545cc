/** Why bytes are no ExportTraceServiceRequest. */
export type DecodeErrorCode = 'malformed-protobuf' | 'malformed-json' | 'too-deep' | 'too-large'

/** The bytes handed to `ingest` are no OTLP trace export request; nothing of them was kept. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
  readonly code: DecodeErrorCode

  constructor(code: DecodeErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** More is waiting for the disk than the engine is willing to hold; nothing of the request was kept. */
export class OverloadError extends Error {
  override readonly name: string = 'OverloadError'
  /** When the caller may try again. */
  readonly retryAfterSeconds: number

  constructor(message: string, retryAfterSeconds: number) {
    super(message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A cursor leads to what is kept no more; the caller starts again with the first page. */
export class GoneError extends Error {
  override readonly name: string = 'GoneError'
}

/** What is wrong with a store's folder or its disk. */
export type StoreErrorCode = 'locked' | 'newer-version' | 'corrupt' | 'disk-full' | 'io' | 'closed'

/** The store can't be opened or written; the message says what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
