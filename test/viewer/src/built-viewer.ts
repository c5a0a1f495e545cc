import { execFile } from 'node:child_process'
import { existsSync, globSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const packages = fileURLToPath(new URL('../../../packages', import.meta.url))
const source = join(packages, 'viewer')
const built = join(packages, 'server/viewer')

/** The folder of the built viewer; builds it when it is missing or older than its sources. */
export async function builtViewer(): Promise<string> {
  if (!isFresh()) {
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
  return built
}

function isFresh(): boolean {
  const page = join(built, 'index.html')
  if (!existsSync(page)) return false
  const builtAt = statSync(page).mtimeMs
  const sources = globSync(['index.html', 'package.json', 'vite.config.ts', 'src/**/*.*'], { cwd: source })
  return sources.every((file) => statSync(join(source, file)).mtimeMs <= builtAt)
}
