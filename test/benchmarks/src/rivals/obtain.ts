import { access, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fillCache, inCache } from '../../../brokers/src/install/cache.ts'
import { installJars } from '../../../brokers/src/install/maven.ts'
import { InstallError, run } from '../../../brokers/src/install/run.ts'

/** The newest release whose module the Go proxy has: version 2 is released under tags that are no module versions. */
const JAEGER = { module: 'github.com/jaegertracing/jaeger', version: 'v1.76.0' }
export const JAEGER_TITLE = 'Jaeger 2.13'

const ZIPKIN_VERSION = '3.6.1'
export const ZIPKIN_TITLE = `Zipkin ${ZIPKIN_VERSION}`

/** Jaeger's program, built from its module where it isn't there yet: some minutes, and a Go toolchain. */
export async function obtainJaeger(log: (line: string) => void): Promise<string> {
  const folder = inCache(`jaeger-${JAEGER.version}`)
  const program = join(folder, 'jaeger')
  if (await isThere(program)) return program
  log(`Go: building ${JAEGER_TITLE}`)
  await fillCache(folder, buildJaeger)
  return program
}

async function buildJaeger(folder: string): Promise<void> {
  const { module, version } = JAEGER
  const go = (...args: string[]): Promise<string> => output('go', ['-C', folder, ...args])
  await go('mod', 'init', 'rivals')
  const { Dir } = JSON.parse(await go('mod', 'download', '-json', `${module}@${version}`)) as { Dir: string }
  // Its own checksums, as the public database lacks some of what it needs.
  await copyFile(join(Dir, 'go.sum'), join(folder, 'go.sum'))
  await go('get', `${module}/cmd/jaeger@${version}`)
  await go('build', '-o', 'jaeger', `${module}/cmd/jaeger`)
}

/** Zipkin's runnable jar, from Maven Central. */
export async function obtainZipkin(log: (line: string) => void): Promise<string> {
  const folder = inCache(`zipkin-${ZIPKIN_VERSION}`)
  const jar = join(folder, `zipkin-server-${ZIPKIN_VERSION}-exec.jar`)
  if (!(await isThere(jar)))
    await installJars(ZIPKIN_TITLE, new URL('zipkin.pom.xml', import.meta.url), folder, log)
  return jar
}

async function output(file: string, args: readonly string[]): Promise<string> {
  const { ok, output } = await run(file, args)
  if (!ok)
    throw new InstallError(`${file} ${args[2]} failed.`, 'see that Go and its module proxy are there', output)
  return output
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
