import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const guard = fileURLToPath(new URL('../src/guard.sh', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-guard-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Processes that were started with the text among their arguments. */
async function startedWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, index) => lines[index]!.includes(text))
}

test('a parent that has gone before the guard says its first word leaves no process behind', async () => {
  const [root, log] = [join(folder, 'root'), join(folder, 'log')]
  // It may be ended before it has begun, so that it can't be asked to leave a trace.
  const child = spawn('bash', [guard, root, log, 'KILL', 'bash', '-c', 'sleep 1000; true', folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdout.destroy()
  child.stdin.destroy()

  await once(child, 'exit')
  await vi.waitFor(async () => expect(await startedWith(folder)).toEqual([]), { timeout: 15_000 })
})
