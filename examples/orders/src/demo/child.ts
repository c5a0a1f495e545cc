import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

const grace = 5_000
const keptLines = 40
const flags = [
  '--conditions=@flowstitch/source',
  ...['../telemetry.ts', './with-parent.ts'].flatMap((file) => ['--import', import.meta.resolve(file)]),
]

/** A program of the example in a process of its own, which ends with this one at the latest. */
export class Child {
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #lastWords: string[] = []

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#process = spawn(process.execPath, [...flags, file, ...args], {
      // In a group of its own, so that Ctrl-C reaches it through the demo alone, in good order.
      detached: true,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#exited = once(this.#process, 'exit')
    this.#process.on('error', (error) => this.#remember(error.message))
    createInterface({ input: this.#process.stderr! }).on('line', (line) => this.#remember(line))
  }

  onLine(listener: (line: string) => void): void {
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.#remember(line)
      listener(line)
    })
  }

  /** Resolves when the process has ended by itself, with what it said last. */
  async ended(): Promise<{ code: number | null; lastWords: string }> {
    await this.#exited
    return { code: this.#process.exitCode, lastWords: this.#lastWords.join('\n') }
  }

  /** Asks the process to end; ends it by force if it does not. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    await Promise.race([this.#exited, delay(grace, undefined, { ref: false })])
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  #remember(line: string): void {
    this.#lastWords.push(line)
    if (this.#lastWords.length > keptLines) this.#lastWords.shift()
  }
}
