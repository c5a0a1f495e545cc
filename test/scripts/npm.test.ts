import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const child = new URL('../../scripts/setup/child.mjs', import.meta.url).href
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-npm-'))
})

afterEach(() => rm(folder, { recursive: true }))

test('every script puts itself in the place of npm’s shell', async () => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> }
  for (const [name, command] of Object.entries(scripts))
    expect(command).toBe(`exec node scripts/run.mjs ${name}`)
})

test('a script stops when npm was killed with -9', async () => {
  const note = join(folder, 'note')
  const readNote = (): Promise<string> => readFile(note, 'utf8').catch(() => '')
  const entry = join(folder, 'entry.mjs')
  const run = `import { runToItsEnd } from '${child}'; await runToItsEnd(process.execPath, '${entry}', [])`
  await writeFile(join(folder, 'run.mjs'), run)
  await writeFile(
    entry,
    `import { writeFileSync } from 'node:fs'
    const alive = setInterval(() => {}, 1000)
    process.on('SIGTERM', () => { writeFileSync('${note}', 'stopped'); clearInterval(alive) })
    writeFileSync('${note}', 'ready')`,
  )
  await writeFile(join(folder, 'package.json'), '{ "scripts": { "go": "exec node run.mjs" } }')

  const npm = spawn('npm', ['run', 'go'], { cwd: folder, stdio: 'ignore' })
  await vi.waitFor(async () => expect(await readNote()).toBe('ready'), { timeout: 20_000 })
  npm.kill('SIGKILL')

  await vi.waitFor(async () => expect(await readNote()).toBe('stopped'), { timeout: 20_000 })
})
