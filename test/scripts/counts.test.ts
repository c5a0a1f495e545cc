import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const reporter = fileURLToPath(new URL('../../scripts/tasks/count-reporter.ts', import.meta.url))
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowstitch-counts-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** What the reporter counts in a run of one test file. */
async function countsOf(text: string): Promise<unknown> {
  const counts = join(folder, 'counts.json')
  await writeFile(join(folder, 'a.test.js'), text)
  await new Promise((resolve) => {
    const args = ['run', '--root', folder, '--globals', `--reporter=${reporter}`]
    execFile('vitest', args, { env: { ...process.env, FLOWSTITCH_TEST_COUNTS: counts } }, resolve)
  })
  return JSON.parse(await readFile(counts, 'utf8'))
}

test.each([
  [
    'every state of a test',
    'test("a", () => {}); test("b", () => { throw 1 }); test.skip("c", () => {})',
    [1, 1, 1],
  ],
  ['a file that does not load as a failure', 'import "./missing.js"; test("a", () => {})', [0, 1, 0]],
  ['a hook that fails as a failure', 'beforeAll(() => { throw 1 }); test("a", () => {})', [0, 1, 1]],
  [
    'a hook that fails inside a suite as a failure',
    'describe("s", () => { beforeAll(() => { throw 1 }); test("a", () => {}) })',
    [0, 1, 1],
  ],
  [
    'an error that no test caught as a failure',
    'test("a", () => new Promise((done) => { setTimeout(() => { done(); throw 1 }) }))',
    [1, 1, 0],
  ],
])('counts %s', async (_, text, [passed, failed, skipped]) => {
  expect(await countsOf(text)).toEqual({ passed, failed, skipped })
})
