/** The command's exit codes, as the contract has them. */
export const exitCode = { done: 0, failed: 1, usage: 2, notFound: 3 } as const

/** Ends a command with a message and an exit code. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number

  constructor(code: number, message: string) {
    super(message)
    this.exitCode = code
  }
}
