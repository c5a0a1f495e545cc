import { randomInt } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedStore, openEngine } from '@flowstitch/correlator'
import { expect, onTestFinished, test } from 'vitest'
import { liveAndDie, randomFrom, type Acknowledged, type CrashLog } from './helpers/crash.ts'

/** `npm run crash -- --runs 100` asks for more. */
const runs = Number(process.env['FLOWSTITCH_CRASH_RUNS'] || 5)
const seed = Number(process.env['FLOWSTITCH_CRASH_SEED'] || randomInt(2 ** 31))
const START_MS = 2000

/** As often as was asked for, and until so many bytes were acknowledged. */
async function killedAgainAndAgain(
  directory: string,
  maxDiskBytes: number,
  afterEach: (log: CrashLog) => Promise<void>,
  leastBytes = 0,
): Promise<CrashLog> {
  const log: CrashLog = { acknowledged: [], killedAtStart: 0, slowestStartMs: 0 }
  const random = randomFrom(seed)
  const bytes = (): number => log.acknowledged.reduce((sum, request) => sum + request.bytes, 0)
  for (let run = 0; run < runs || bytes() < leastBytes; run++) {
    await liveAndDie(directory, maxDiskBytes, random, log)
    await afterEach(log)
  }
  return log
}

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'flowstitch-crash-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Those of the requests whose spans the folder doesn't hold whole. Opens it as the next server would. */
async function missing(directory: string, acknowledged: readonly Acknowledged[]): Promise<Acknowledged[]> {
  const began = performance.now()
  const engine = await openEngine({ store: await embeddedStore({ directory }) })
  expect(performance.now() - began).toBeLessThan(START_MS)
  const lost: Acknowledged[] = []
  for (const request of acknowledged)
    if ((await engine.flow(request.traceId))?.stepCount !== request.spanCount) lost.push(request)
  await engine.close()
  return lost
}

test(
  `no acknowledged span is lost, however often the server is killed (seed ${seed})`,
  async () => {
    const directory = await folder()
    let checked = 0
    const log = await killedAgainAndAgain(
      directory,
      1e12,
      async ({ acknowledged }) => {
        expect(await missing(directory, acknowledged.slice(checked))).toEqual([])
        checked = acknowledged.length
      },
      // However little of its time a busy machine gives to it.
      200_000,
    )
    expect(await missing(directory, log.acknowledged)).toEqual([])
    report('all kept', log)
  },
  300_000 + runs * 20_000,
)

test(
  `retention drops the oldest spans alone, however often the server is killed (seed ${seed})`,
  async () => {
    const directory = await folder()
    const maxDiskBytes = 250_000
    const log = await killedAgainAndAgain(
      directory,
      maxDiskBytes,
      async ({ acknowledged }) =>
        expect(await missing(directory, newest(acknowledged, maxDiskBytes / 2))).toEqual([]),
      // What is compressed takes a fraction of it.
      maxDiskBytes * 4,
    )
    expect(await missing(directory, log.acknowledged.slice(0, 10))).toHaveLength(10)
    expect(await bytesIn(directory)).toBeLessThan(maxDiskBytes + 100_000)
    report('with retention', log)
  },
  300_000 + runs * 20_000,
)

/** What segments take on disk, those that a killed server was about to drop included. */
async function bytesIn(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => /\.(log|zst|idx)$/.test(name))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The requests of the last answers that fit into so many bytes. */
function newest(acknowledged: readonly Acknowledged[], bytes: number): Acknowledged[] {
  let left = bytes
  return acknowledged.toReversed().filter((request) => (left -= request.bytes) >= 0)
}

function report(what: string, { acknowledged, killedAtStart, slowestStartMs }: CrashLog): void {
  const spans = acknowledged.reduce((sum, { spanCount }) => sum + spanCount, 0)
  console.log(
    `${what}: ${runs} kills, ${killedAtStart} of them at the start; ${acknowledged.length} requests of ` +
      `${spans} spans acknowledged, none lost; slowest start ${Math.round(slowestStartMs)} ms`,
  )
}
