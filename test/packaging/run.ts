import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Runs a command and answers what it printed; rejects with what it printed when it fails. */
export async function run(cwd: string, file: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await execute(file, args, { cwd, env: environment(), maxBuffer: 64 << 20 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
  }
}

/** A user's: without what npm and Vitest tell their children, and without our way to the sources. */
function environment(): NodeJS.ProcessEnv {
  const ofParents = /^(npm_|NODE_OPTIONS$|VITEST|NODE_ENV$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofParents.test(name)))
}
