import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place, Runnable } from './definition.ts'
import { startGuarded, type Guarded } from './guarded.ts'
import { freePorts } from './ports.ts'

/** A broker that this process started, to be broken and mended by tests. */
export interface StartedBroker {
  readonly address: string
  /** The process groups that make up the broker now. */
  readonly groups: readonly number[]
  /** Ends it as a crash would (SIGKILL); port and data are kept for `restart`. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, and waits until it serves; kills it first if it runs. */
  restart(): Promise<void>
  /** Ends it for good. Its directory goes with the whole harness. */
  stop(): Promise<void>
}

const attempts = 3

/** Starts a broker in a new directory under `root`; takes other ports if somebody else got there first. */
export async function startBroker(
  title: string,
  runnable: Runnable,
  root: string,
  durable = false,
): Promise<StartedBroker> {
  for (let attempt = 1; ; attempt++) {
    const place: Place = {
      directory: await mkdtemp(join(root, `${title.replaceAll(/\W+/g, '-').toLowerCase()}-`)),
      ports: await freePorts(runnable.portCount),
      durable,
    }
    try {
      return await startAt(place, runnable, root)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (attempt === attempts || !/in use|eaddrinuse|already.*(bound|running)/i.test(message)) {
        throw new Error(`${title} did not start: ${message}`, { cause: error })
      }
    }
  }
}

async function startAt(place: Place, runnable: Runnable, root: string): Promise<StartedBroker> {
  await runnable.prepare(place)
  let running: Guarded[] = []
  const address = runnable.addressAt(place)
  const start = async (): Promise<void> => {
    for (const [index, command] of runnable.commands(place).entries()) {
      running.push(await startGuarded(command, root, join(place.directory, `output-${index}.log`)))
    }
    await runnable.warmUp?.(address)
  }
  const finish = async (way: 'kill' | 'end'): Promise<void> => {
    const ending = running
    running = []
    await Promise.all(ending.map((process) => process[way]()))
  }
  try {
    await start()
  } catch (error) {
    await finish('kill')
    throw error
  }
  return {
    address,
    get groups() {
      return running.map((process) => process.group)
    },
    kill: () => finish('kill'),
    async restart() {
      await finish('kill')
      await start()
    },
    stop: () => finish('end'),
  }
}
