import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Runs a command of node_modules/.bin or the PATH in the foreground; answers whether it succeeded. */
export async function succeeds(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  const [status] = (await once(child, 'exit')) as [number | null]
  return status === 0
}
