import { step, type Log } from '../log.ts'
import { findOnPath } from './find.ts'
import { InstallError, run } from './run.ts'

let queue: Promise<void> = Promise.resolve()
let listed = false

/**
 * Installs Debian packages, one caller at a time because apt holds a lock.
 *
 * @throws InstallError where there is no apt or no right to use it, with the command to run by hand.
 */
export function installPackages(packages: readonly string[], log: Log): Promise<void> {
  const installed = queue.then(() => install(packages, log))
  queue = installed.catch(() => {})
  return installed
}

async function install(packages: readonly string[], log: Log): Promise<void> {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  const byHand = `run \`sudo ${command}\` and try again`
  if (!(await findOnPath('apt-get'))) {
    throw new InstallError(
      `${packages.join(', ')} missing, and this machine has no apt.`,
      'install the equivalent packages, or give the broker’s address in the environment',
    )
  }
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  if (prefix.length > 0 && !(await run('sudo', ['-n', 'true'])).ok) {
    throw new InstallError(`${packages.join(', ')} missing, and installing needs root.`, byHand)
  }
  const apt = async (...args: string[]): Promise<void> => {
    const [file, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args]
    const { ok, output } = await run(file!, rest)
    if (!ok) throw new InstallError(`apt-get ${args[0]} failed.`, byHand, output)
  }
  await step(log, `apt: installing ${packages.join(' ')}`, async () => {
    if (!listed) await apt('update')
    listed = true
    await apt('install', '-y', '--no-install-recommends', ...packages)
  })
}
