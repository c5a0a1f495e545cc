import { fileURLToPath } from 'node:url'
import { step, type Log } from '../log.ts'
import { installPackages } from './apt.ts'
import { fillCache, inCache } from './cache.ts'
import { findOnPath } from './find.ts'
import { inTurn } from './in-turn.ts'
import { javaTrustOptions } from './java-trust.ts'
import { InstallError, run } from './run.ts'

// Two Mavens at once would trip over each other's local repository.
const turn = inTurn()

/**
 * Puts the jars that a pom names, and all that they need, into a folder of the cache.
 *
 * @throws InstallError when Java or Maven cannot be installed, or Maven cannot fetch.
 */
export function installJars(what: string, pom: URL, folder: string, log: Log): Promise<void> {
  return turn(async () => {
    await installTools(log)
    await step(log, `Maven: fetching ${what}`, () =>
      fillCache(folder, async (partial) => {
        const trust = await javaTrustOptions()
        const { ok, output } = await run('mvn', [
          ...trust,
          '-q',
          '-B',
          `-Dmaven.repo.local=${inCache('m2')}`,
          `-DoutputDirectory=${partial}`,
          '-DincludeScope=runtime',
          '-f',
          fileURLToPath(pom),
          'dependency:copy-dependencies',
        ])
        if (!ok) {
          throw new InstallError(
            `Maven could not fetch ${what}.`,
            'see that Maven Central can be reached',
            output,
          )
        }
      }),
    )
  })
}

async function installTools(log: Log): Promise<void> {
  const packages: string[] = []
  if (!(await findOnPath('java'))) packages.push('openjdk-17-jre-headless')
  if (!(await findOnPath('mvn'))) packages.push('maven')
  if (packages.length > 0) await installPackages(packages, log)
}
