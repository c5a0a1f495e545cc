import { execFile } from 'node:child_process'

export interface Finished {
  readonly ok: boolean
  readonly output: string
}

/** Runs a command to its end and keeps what it said; a command that is missing is one that failed. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 << 20 }
    execFile(file, args, options, (error, stdout, stderr) => {
      resolve({ ok: !error, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') })
    })
  })
}

/** A set-up step that did not work; the message says what failed and what to do by hand. */
export class InstallError extends Error {
  override readonly name = 'InstallError'

  constructor(what: string, remedy: string, output = '') {
    const said = output.split('\n').slice(-15).join('\n  ')
    super(`${what}${said ? `\n  ${said}` : ''}\nWhat to do: ${remedy}`)
  }
}
