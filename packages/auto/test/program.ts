import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Leaves no program behind that hangs. */
const TIMEOUT_MS = 25_000

const execute = promisify(execFile)

/** What can be preloaded into a program. */
export const auto: string = import.meta.resolve('@flowstitch/auto')
export const sdk: string = import.meta.resolve('./programs/sdk.ts')
/** OpenTelemetry's own instrumentations of the same clients. */
export const officials: string = import.meta.resolve('./programs/officials.ts')

export interface Ended {
  /** What the program saw. */
  readonly transcript: readonly string[]
  readonly spans: readonly ProgramSpan[]
  readonly stderr: string
}

export interface ProgramSpan {
  readonly name: string
  readonly kind: number
  readonly attributes: Readonly<Record<string, unknown>>
  /** How many. */
  readonly links: number
  readonly scope: string
}

/** Span names, without what is made up for the run. */
export function namesOf(spans: readonly ProgramSpan[]): string[] {
  return spans.map(({ name }) => name.replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '…')).toSorted()
}

export interface RunOptions {
  /** In this order, each by an `--import` of its own. */
  readonly preload: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Runs one of the programs in a Node of its own, to its end. */
export async function run(program: string, { preload, env = {} }: RunOptions): Promise<Ended> {
  const spansFile = join(tmpdir(), `flowstitch-auto-${randomUUID()}.json`)
  const imports = preload.map((url) => `--import=${url}`)
  const file = join(import.meta.dirname, 'programs', program)
  try {
    const { stdout, stderr } = await execute(
      process.execPath,
      ['--conditions=@flowstitch/source', ...imports, file],
      { env: { ...environment(), ...env, SPANS_FILE: spansFile }, timeout: TIMEOUT_MS },
    )
    const spans = await readFile(spansFile, 'utf8').catch(() => '[]')
    return {
      transcript: JSON.parse(stdout) as string[],
      spans: JSON.parse(spans) as ProgramSpan[],
      // Process ids, and how long kafkajs waits.
      stderr: stderr.replaceAll(/\d+/g, '#'),
    }
  } finally {
    await rm(spansFile, { force: true })
  }
}

/** Without what Vitest tells its children, and what kafkajs always has to say. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST)/.test(name))
  return { ...Object.fromEntries(own), KAFKAJS_NO_PARTITIONER_WARNING: '1' }
}
