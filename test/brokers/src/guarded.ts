import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from './definition.ts'

const guard = fileURLToPath(new URL('guard.sh', import.meta.url))
const longestStart = 90_000

/** A running process that ends with this one, however this one ends. */
export interface Guarded {
  /** The process group of the broker, for those who want to look at it. */
  readonly group: number
  /** Ends the process at once, as a crash would, and leaves its data. */
  kill(): Promise<void>
  /** Ends the process as its command asks, and removes `root`. */
  end(): Promise<void>
}

/**
 * Starts a command under the guard and waits until its own output says that it serves.
 *
 * @param root directory that goes when the process that started the guard goes
 * @throws Error with the end of the log when the process ends or stays silent instead.
 */
export async function startGuarded(command: Command, root: string, log: string): Promise<Guarded> {
  const logged = await sizeOf(log)
  const child = spawn('bash', [guard, root, log, command.endWith ?? 'KILL', command.file, ...command.args], {
    detached: true,
    env: { ...process.env, ...command.env },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await once(child, 'spawn')
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const group = await groupOf(child)
  // The guard closes its stdout when the command has ended, and when it dies itself.
  const end = new Promise<void>((resolve) => {
    child.stdout.once('close', () => {
      killGroup(group)
      resolve()
    })
  })
  release(child)
  const guarded: Guarded = {
    group,
    async kill() {
      child.ref()
      killGroup(group)
      await end
      child.kill('SIGKILL')
      child.stdin.destroy()
      await exited
    },
    async end() {
      child.ref()
      child.stdin.end()
      await exited
    },
  }
  try {
    await untilReady(command, () => child.stdout.closed, log, logged)
  } catch (error) {
    await guarded.kill()
    throw error
  }
  return guarded
}

async function groupOf(child: ChildProcess): Promise<number> {
  const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
  return Number(line)
}

/** Lets this process end by itself: the guard then ends what it guards. */
function release(child: ChildProcess): void {
  child.unref()
  // A guard that was killed itself needs no more orders.
  child.stdin!.on('error', () => {})
  ;(child.stdin as Socket).unref()
  ;(child.stdout as Socket).resume().unref()
}

async function untilReady(
  command: Command,
  hasEnded: () => boolean,
  log: string,
  logged: number,
): Promise<void> {
  const deadline = performance.now() + longestStart
  while (performance.now() < deadline) {
    const ended = hasEnded()
    const output = (await readFile(log)).subarray(logged).toString()
    if (command.ready.test(output) && !ended) return
    if (ended) throw new Error(`${command.file} ended at its start:\n${lastLines(output)}`)
    await delay(25)
  }
  const output = await readFile(log, 'utf8')
  throw new Error(`${command.file} did not say ${String(command.ready)} in time:\n${lastLines(output)}`)
}

/** Makes the log if it is new; what an earlier run wrote says nothing about this one. */
async function sizeOf(log: string): Promise<number> {
  await (await open(log, 'a')).close()
  return (await stat(log)).size
}

function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // Already gone.
  }
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-20).join('\n')
}
