import { setTimeout as delay } from 'node:timers/promises'
import type { Flow } from '@flowstitch/correlator'
import type { Client } from 'flowstitch'
import type { LogEntry } from '../log.ts'
import type { Ledger } from './ledger.ts'
import { problemsOf, said } from './problems.ts'

/** What came of an order: its flow, and what is wrong with it. */
export interface Outcome {
  readonly order: number
  readonly flow?: Flow
  readonly problems: readonly string[]
}

const lookEvery = 200
const longestFlow = 60_000

/** Waits until the server shows an order's flow as the services report it; says what is wrong if it never does. */
export async function follow(
  order: number,
  ledger: Ledger,
  client: Client,
  signal: AbortSignal,
): Promise<Outcome> {
  const deadline = AbortSignal.timeout(longestFlow)
  const either = AbortSignal.any([signal, deadline])
  let outcome: Outcome | undefined
  try {
    await ledger.until(order, isLast, either)
    for (;;) {
      outcome = await outcomeOf(order, ledger, client)
      if (outcome.problems.length === 0) return outcome
      await delay(lookEvery, undefined, { signal: either })
    }
  } catch (error) {
    if (!deadline.aborted) throw error
    return (
      outcome ?? { order, problems: [`it went no further than: ${ledger.of(order).map(said).join('; ')}`] }
    )
  }
}

/** An order ends in the audit or among the dead letters. */
function isLast({ event, service }: LogEntry): boolean {
  return event === 'handled' && (service === 'auditor' || service === 'dead-letters')
}

/** The order's flow as the server shows it now, held against what its services have reported by now. */
export async function outcomeOf(order: number, ledger: Ledger, client: Client): Promise<Outcome> {
  const id = ledger.of(order).find(({ service }) => service === 'shop')?.trace
  const flow = id === undefined ? undefined : await client.flow(id)
  if (!flow) return { order, problems: ['the server knows no flow of it'] }
  return { order, flow, problems: problemsOf(flow, order, ledger) }
}
