import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { runProgram } from '../../src/program.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** How a command ended and what it said. */
export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** The command as users run it, from source, with nothing of this environment's settings. */
function start(args: string[], env: Record<string, string> = {}): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(FLOWSTITCH|OTEL)_|^NODE_OPTIONS$|COLOR/.test(name),
  )
  return spawn(process.execPath, ['--conditions=@flowstitch/source', MAIN, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function run(args: string[], env?: Record<string, string>): Promise<Ended> {
  const child = start(args, env)
  const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), exitOf(child)])
  return { code, stdout, stderr }
}

/** The same within this process, which is faster, for what ends before it does anything. */
export async function runHere(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = { code: 0, stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      ended[stream] += String(chunk)
      return true
    }),
  )
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    ended.code = await runProgram(args)
  } finally {
    vi.unstubAllEnvs()
    for (const spy of spies) spy.mockRestore()
  }
  return ended
}

/** A server in a process of its own, killed when the test is done. */
export interface ServerProcess {
  otlpHttp: string
  otlpGrpc: string
  viewer: string
  kill(signal: NodeJS.Signals): void
  ended: Promise<number | null>
  stderr: Promise<string>
}

/** Starts `flowstitch` on free ports and waits for its first line. */
export async function serve(args: string[], env?: Record<string, string>): Promise<ServerProcess> {
  const ports = ['--port', '0', '--otlp-http-port', '0', '--otlp-grpc-port', '0']
  const child = start(['serve', '--json', ...ports, ...args], env)
  onTestFinished(() => void child.kill('SIGKILL'))
  const stderr = text(child.stderr!)
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  const { value, done } = await lines.next()
  if (done) throw new Error(`the server did not start: ${await stderr}`)
  return {
    ...(JSON.parse(value) as ServerProcess),
    kill: (signal) => child.kill(signal),
    ended: exitOf(child),
    stderr,
  }
}

/** Starts any command and gives its lines as they come; it is killed when the test is done. */
export function lines(args: string[]): AsyncIterator<string> & { ended: Promise<number | null> } {
  const child = start(args)
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return Object.assign(printed, { ended: exitOf(child) })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve))
}
