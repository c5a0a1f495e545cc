import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { alive } from './processes.ts'

const guard = fileURLToPath(new URL('../src/guard.sh', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-guard-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a parent that has gone before the guard says its first word leaves no process behind', async () => {
  const [root, log, pidFile] = ['root', 'log', 'pid'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const command = `echo $$ > ${pidFile}; exec sleep 1000`
  const child = spawn('bash', [guard, root, log, 'KILL', 'bash', '-c', command], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdout.destroy()
  child.stdin.destroy()

  await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true), { timeout: 15_000 })
  const pid = Number(await vi.waitFor(() => readFile(pidFile, 'utf8'), { timeout: 15_000 }))
  await vi.waitFor(async () => expect(await alive([pid])).toEqual([]), { timeout: 15_000 })
})
