import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Measure, Sdk, Variant } from './scenario.ts'

/** A variant that runs in a process of its own, and measures when asked. */
export interface VariantProcess {
  measure(what: Measure): Promise<number>
  stop(): void
}

/** Starts a process for a variant; `flags` are Node's. */
export async function startVariant(variant: Variant, flags: readonly string[] = []): Promise<VariantProcess> {
  const child = fork(fileURLToPath(new URL('runner.ts', import.meta.url)), [JSON.stringify(variant)], {
    execArgv: ['--conditions=@flowstitch/source', '--no-warnings', ...hooksFor(variant.sdk), ...flags],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await answer(child)
  return {
    async measure(what) {
      child.send(what)
      return Number(await answer(child))
    },
    stop: () => child.disconnect(),
  }
}

function hooksFor(sdk: Sdk): readonly string[] {
  return sdk.startsWith('SDK 2') ? ['--import', import.meta.resolve('@flowstitch/sdk2/hooks')] : []
}

async function answer(child: ChildProcess): Promise<unknown> {
  const answered = new AbortController()
  const gone = once(child, 'exit', { signal: answered.signal }).then(([code]) => {
    throw new Error(`a benchmark's process ended with ${String(code)}`)
  })
  const [message] = (await Promise.race([once(child, 'message'), gone])) as unknown[]
  gone.catch(() => {})
  answered.abort()
  return message
}
