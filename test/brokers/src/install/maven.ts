import { step, type Log } from '../log.ts'
import { installPackages } from './apt.ts'
import { fillCache, inCache } from './cache.ts'
import { findOnPath } from './find.ts'
import { InstallError, run } from './run.ts'

/** Puts the jars that a pom names, and all that they need, into a folder of the cache. */
export async function installJars(what: string, pom: string, folder: string, log: Log): Promise<void> {
  const missing = [
    ...((await findOnPath('java')) ? [] : ['openjdk-17-jre-headless']),
    ...((await findOnPath('mvn')) ? [] : ['maven']),
  ]
  if (missing.length > 0) await installPackages(missing, log)
  await step(log, `Maven: fetching ${what}`, () =>
    fillCache(folder, async (partial) => {
      const { ok, output } = await run('mvn', [
        ...['-q', '-B', '-f', pom, `-Dmaven.repo.local=${inCache('m2')}`],
        ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${partial}`],
      ])
      if (!ok)
        throw new InstallError(
          `Maven could not fetch ${what}.`,
          'see that Maven Central can be reached',
          output,
        )
    }),
  )
}
