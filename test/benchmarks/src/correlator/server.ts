import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DECLARED_KEY } from '../load/teller.ts'

const MAIN = fileURLToPath(new URL('../../../../packages/server/src/main.ts', import.meta.url))
const TICKS_A_SECOND = 100
const SERVER_CORE = 0
const SENDER_CORE = 1

/** The server in a process and on a core of its own. */
export interface BenchedServer {
  readonly otlpHttp: string
  readonly viewer: string
  readonly process: Measured
  /** Stops the process where it is, so that another one has the core to itself, until `resume`. */
  pause(): void
  resume(): void
  stop(): Promise<void>
  /** Ends it without giving it the chance to do anything. */
  kill(): Promise<void>
}

/** What a process has used so far. */
export interface Measured {
  cpuSeconds(): number
  residentBytes(): number
  peakBytes(): number
}

/** Keeps this process, which sends, off the server's core. */
export async function moveToSenderCore(): Promise<void> {
  await promisify(execFile)('taskset', ['-a', '-p', '-c', String(SENDER_CORE), String(process.pid)])
}

/** Starts a program on the core that is the servers'. It ends with this process, however that ends. */
export function startOnServerCore(file: string, args: readonly string[], env = process.env): ChildProcess {
  const child = spawn('taskset', ['-c', String(SERVER_CORE), file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
  const end = (): void => void child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

/** Signals end this process by way of its 'exit', which takes what it has started along. */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}

/** With a folder it keeps spans there, without one in memory. */
export async function startServer(
  directory?: string,
  options: readonly string[] = [],
): Promise<BenchedServer> {
  const child = startOnServerCore(process.execPath, [
    '--conditions=@flowstitch/source',
    '--no-warnings',
    ...options,
    MAIN,
    'serve',
    '--json',
    ...['--otlp-http-port', '--otlp-grpc-port', '--port'].flatMap((flag) => [flag, '0']),
    ...(directory === undefined ? ['--memory'] : ['--data', directory]),
    '--key',
    `attribute=${DECLARED_KEY}`,
  ])
  const lines = createInterface({ input: child.stdout! })
  const gone = once(child, 'exit').then(() => Promise.reject(new Error('the server did not start')))
  const [line] = (await Promise.race([once(lines, 'line'), gone])) as [string]
  gone.catch(() => {})
  const { otlpHttp, viewer } = JSON.parse(line) as { otlpHttp: string; viewer: string }
  return {
    otlpHttp,
    viewer,
    process: measured(child.pid!),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: () => stop(child),
    kill: () => stop(child, 'SIGKILL'),
  }
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** Reads what Linux keeps about a process. */
export function measured(pid: number): Measured {
  const status = (field: string): number => {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
  }
  return {
    cpuSeconds() {
      // utime and stime, counted from behind the name, which may hold spaces: proc(5).
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
    },
    residentBytes: () => status('VmRSS'),
    peakBytes: () => status('VmHWM'),
  }
}
