import { variableOf, type Broker } from './addresses.ts'
import { composeRunnable, engineAnswers } from './compose.ts'
import { definitions } from './definitions.ts'
import type { Runnable } from './definition.ts'
import type { Log } from './log.ts'

/**
 * Finds each broker on this machine, else installs it, else takes its container.
 *
 * @throws Error that names the broker, what was tried and what to do.
 */
export async function obtain(brokers: readonly Broker[], log: Log): Promise<Map<Broker, Runnable>> {
  const found = await Promise.all(
    brokers.map(async (broker) => [broker, await obtainOne(broker, log)] as const),
  )
  return new Map(found)
}

async function obtainOne(broker: Broker, log: Log): Promise<Runnable> {
  const definition = definitions[broker]
  const there = await definition.find()
  if (there) return there
  try {
    await definition.install(log)
    const installed = await definition.find()
    if (installed) return installed
    throw new Error('it was installed, but its program cannot be found')
  } catch (error) {
    if (await engineAnswers()) {
      log(`${definition.title}: taken from docker-compose.yml, because ${(error as Error).message}`)
      return composeRunnable(broker)
    }
    throw new Error(
      `${definition.title} cannot be had: ${(error as Error).message}\n` +
        `Or set ${variableOf(broker)} to the address of a broker that runs, or start Docker.`,
      { cause: error },
    )
  }
}
