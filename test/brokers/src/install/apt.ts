import { step, type Log } from '../log.ts'
import { findOnPath } from './find.ts'
import { inTurn } from './in-turn.ts'
import { InstallError, run } from './run.ts'

const turn = inTurn()
let listed = false

/**
 * Installs Debian packages, one caller at a time because apt holds a lock.
 *
 * @throws InstallError where there is no apt or no right to use it, with the command to run by hand.
 */
export function installPackages(packages: readonly string[], log: Log): Promise<void> {
  return turn(async () => {
    const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
    const byHand = `run \`sudo apt-get update && sudo ${command}\` and try again`
    const prefix = await rightToInstall(packages, byHand)
    await step(log, `apt: installing ${packages.join(' ')}`, async () => {
      if (!listed) await apt([...prefix, 'apt-get', 'update', '-qq'], byHand)
      listed = true
      await apt([...prefix, ...command.split(' '), '-qq', '-o', 'DPkg::Lock::Timeout=300'], byHand)
    })
  })
}

/** What a command of apt begins with here. */
async function rightToInstall(packages: readonly string[], byHand: string): Promise<string[]> {
  const missing = `Missing: ${packages.join(', ')}.`
  if (!(await findOnPath('apt-get'))) {
    throw new InstallError(`${missing} This machine has no apt.`, 'install them the way it has')
  }
  if (process.getuid?.() === 0) return ['env', 'DEBIAN_FRONTEND=noninteractive']
  if ((await run('sudo', ['-n', 'true'])).ok) return ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive']
  throw new InstallError(`${missing} Installing them needs root.`, byHand)
}

async function apt([file, ...args]: string[], byHand: string): Promise<void> {
  const { ok, output } = await run(file!, args)
  if (!ok) throw new InstallError('apt failed.', byHand, output)
}
