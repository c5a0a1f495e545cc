import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, rmdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const source = join(root, 'packages/viewer')
const built = join(root, 'packages/server/viewer')
const lock = join(root, '.cache/viewer-build.lock')
const LONGEST_BUILD_MS = 90_000

/** The folder of the built viewer; builds it when it is missing or older than its sources. */
export async function builtViewer(): Promise<string> {
  while (!isFresh()) {
    if (!takeLock()) await sleep(200)
    else await build().finally(() => rmdirSync(lock))
  }
  return built
}

async function build(): Promise<void> {
  const vite = join(
    dirname(createRequire(join(source, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  )
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: source,
    // A test runner's NODE_ENV would make it a development build.
    env: { ...process.env, NODE_ENV: 'production' },
  })
}

/** Test files run side by side, and two builds at once would empty each other's folder. */
function takeLock(): boolean {
  if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > LONGEST_BUILD_MS) rmdirSync(lock)
  mkdirSync(dirname(lock), { recursive: true })
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isFresh(): boolean {
  const page = join(built, 'index.html')
  if (existsSync(lock) || !existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const sources = globSync(['index.html', 'package.json', 'vite.config.ts', 'src/**/*.*'], { cwd: source })
  return sources.every((file) => statSync(join(source, file)).mtimeMs <= builtAt)
}
