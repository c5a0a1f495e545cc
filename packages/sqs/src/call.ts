/** What the SDK's middleware hands up. */
export interface Answer<O> {
  readonly output: O
  readonly response: unknown
}

/** The rest of the client's call, with the input it shall have. */
export type Call<I, O> = (input: I) => Promise<Answer<O>>
