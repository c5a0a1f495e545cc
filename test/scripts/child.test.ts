import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const child = new URL('../../scripts/setup/child.mjs', import.meta.url).href
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-child-'))
})

afterEach(() => rm(folder, { recursive: true }))

interface Run {
  readonly parent: ChildProcess
  readonly status: Promise<unknown>
  readonly readNote: () => Promise<string>
}

/** A process that runs `code` the way run.mjs runs an entry, once that code has written `ready`. */
async function runEntry(code: string): Promise<Run> {
  const entry = join(folder, 'entry.mjs')
  const note = join(folder, 'note')
  await writeFile(
    entry,
    `import { writeFileSync } from 'node:fs'\nconst note = (text) => writeFileSync('${note}', text)\n${code}`,
  )
  const parent = spawn('node', [
    '--input-type=module',
    '-e',
    `import { runToItsEnd } from '${child}'; process.exitCode = await runToItsEnd(process.execPath, '${entry}', ['--once'])`,
  ])
  const status = once(parent, 'exit').then(([code]) => code as unknown)
  const readNote = (): Promise<string> => readFile(note, 'utf8').catch(() => '')
  await vi.waitFor(async () => expect(await readNote()).not.toBe(''), { timeout: 10_000 })
  return { parent, status, readNote }
}

const untilStopped = `
  note('ready')
  const alive = setInterval(() => {}, 1000)
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => { note(signal); clearInterval(alive) })
`

test('hands on arguments and the exit status', async () => {
  const { status, readNote } = await runEntry('note(process.argv.slice(2).join()); process.exitCode = 7')
  expect(await status).toBe(7)
  expect(await readNote()).toBe('--once')
})

test.each(['SIGTERM', 'SIGINT'] as const)('hands on %s and waits for the end', async (signal) => {
  const { parent, status, readNote } = await runEntry(untilStopped)
  parent.kill(signal)
  expect(await status).toBe(0)
  expect(await readNote()).toBe(signal)
})

test('an entry whose parent was killed with -9 is told to stop', async () => {
  const { parent, readNote } = await runEntry(untilStopped)
  parent.kill('SIGKILL')
  await vi.waitFor(async () => expect(await readNote()).toBe('SIGTERM'), { timeout: 10_000 })
})

test('an entry that leaves no listener for the channel still ends by itself', async () => {
  const { status } = await runEntry("note('ready')")
  expect(await status).toBe(0)
})
