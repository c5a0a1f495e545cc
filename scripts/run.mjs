// The door of every npm script. It runs under any Node from 20 on and without node_modules, installs what is
// missing, and goes on under Node 24.
import { fileURLToPath } from 'node:url'
import { runToItsEnd } from './setup/child.mjs'
import { installDependencies } from './setup/dependencies.mjs'
import { findNode } from './setup/node.mjs'
import { SetupError } from './setup/error.mjs'

const entries = {
  setup: 'scripts/tasks/setup.ts',
  demo: 'scripts/tasks/demo.ts',
  brokers: 'test/brokers/src/main.ts',
  test: 'scripts/tasks/test.ts',
  check: 'scripts/tasks/check.ts',
  bench: 'scripts/tasks/bench.ts',
  conformance: 'scripts/tasks/conformance.ts',
  fuzz: 'scripts/tasks/fuzz.ts',
  crash: 'scripts/tasks/crash.ts',
  build: 'scripts/tasks/build.ts',
}

async function main([command, ...args]) {
  const entry = entries[command]
  if (!entry) {
    console.error(`usage: npm run ${Object.keys(entries).join('|')} [-- arguments]`)
    return 2
  }
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  installDependencies()
  return runToItsEnd(findNode(), entry, args)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
