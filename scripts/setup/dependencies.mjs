import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { SetupError } from './error.mjs'

/** Brings node_modules to what the lockfile says, if it is not there yet. */
export function installDependencies() {
  if (isInstalled()) return
  // Not `npm ci`, which refuses a lockfile that lacks the optional binaries of some other platform.
  const [file, args] = npm('install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error')
  console.error('npm: installing dependencies …')
  const started = performance.now()
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 2, 2] })
  if (error || status !== 0) {
    throw new SetupError(
      `npm install failed${error ? `: ${error.message}` : ''}.\n` +
        'What to do: see npm’s lines above (a registry that cannot be reached?), then run the command again.',
    )
  }
  console.error(
    `npm: installing dependencies: done in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
}

/** npm leaves a list of what it installed; comparing it takes no time and sees installs made by hand as well. */
function isInstalled() {
  if (!existsSync('node_modules/.package-lock.json')) return false
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    const found = installed[path]
    if (!found) return entry.optional === true || entry.peer === true
    return found.version === entry.version && found.link === entry.link
  })
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** The npm that runs this script, else the one on the PATH. */
function npm(...args) {
  const cli = process.env.npm_execpath
  return cli?.endsWith('.js') ? [process.execPath, [cli, ...args]] : ['npm', args]
}
