import type { SqsKernel } from './message.ts'

/** What the SDK's middleware hands up. */
export interface Answer<O> {
  readonly output: O
  readonly response: unknown
}

/** The rest of the client's call, with the input it shall have. */
export type Call<I, O> = (input: I) => Promise<Answer<O>>

/** Makes a call of the client's in its span. */
export type TracedCall<I, O> = (kernel: SqsKernel, input: I, call: Call<I, O>) => Promise<Answer<O>>
