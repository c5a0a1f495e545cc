import type { Flow } from '@flowstitch/correlator'
import { keyOf } from './problems.ts'

/** Steps that are in several flows though they belong to one. */
export function strangersIn(flows: readonly Flow[]): string[] {
  const owners = new Map<string, string>()
  const strangers: string[] = []
  for (const { id, steps } of flows) {
    for (const step of steps.filter(({ shared }) => !shared)) {
      const owner = owners.get(keyOf(step))
      if (owner === undefined) owners.set(keyOf(step), id)
      else strangers.push(`the step ${step.name} in ${step.service} is in the flows ${owner} and ${id}`)
    }
  }
  return strangers
}

export interface Summary {
  readonly flows: number
  readonly steps: number
  readonly messages: number
  readonly attempts: number
  readonly deadLetters: number
  /** The queue that a message typically waits longest in. */
  readonly slowestQueue?: { readonly name: string; readonly medianMs: number }
}

export function summaryOf(flows: readonly Flow[]): Summary {
  const messages = flows.flatMap((flow) => flow.messages)
  return {
    flows: flows.length,
    steps: new Set(flows.flatMap(({ steps }) => steps.map(keyOf))).size,
    messages: messages.length,
    attempts: messages.reduce((sum, { attempts }) => sum + attempts.length, 0),
    deadLetters: messages.filter(({ state }) => state === 'dead-lettered').length,
    slowestQueue: slowestQueueOf(flows),
  }
}

function slowestQueueOf(flows: readonly Flow[]): Summary['slowestQueue'] {
  const waits = flows
    .flatMap(({ messages }) => messages)
    .flatMap(({ destination, attempts: [first] }) => ({ destination, dwellMs: first?.dwellMs ?? 0 }))
  const queues = Map.groupBy(waits, ({ destination }) => destination)
  const medians = [...queues].map(([name, of]) => ({
    name,
    medianMs: median(of.map(({ dwellMs }) => dwellMs)),
  }))
  return medians.toSorted((a, b) => b.medianMs - a.medianMs)[0]
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
