import type { Flow } from '@flowstitch/correlator'
import { edgeKey, type FlowTruth } from '../load/truth.ts'
import { keyOf } from '../load/span.ts'
import type { Answers } from './answers.ts'

/** How much of what is true was found, and how much of what was found is true. */
export interface Score {
  readonly recall: number
  readonly precision: number
  /** A few things that are missing, and a few that are wrong. */
  readonly missing: readonly string[]
  readonly wrong: readonly string[]
}

export interface Scores {
  readonly flows: Score
  readonly edges: Score
  readonly attempts: Score
  readonly verdicts: Score
  /** The largest difference between a flow's duration and the sum of its segments, in nanoseconds. */
  readonly sumError: number
  /** Flows whose work, dwell, delay or retry is not what it really was, with both. */
  readonly segments: Score
}

/** Asks for every flow there is and holds it against the truth. */
export async function scoreOf(answers: Answers, truth: readonly FlowTruth[]): Promise<Scores> {
  const kinds = { flows: new Tally(), edges: new Tally(), attempts: new Tally(), verdicts: new Tally() }
  const segments = new Tally()
  let sumError = 0
  await answers.destinations()
  const known = new Map(truth.map((flow) => [flow.id, flow]))
  for (const flow of truth) {
    for (const [kind, facts] of Object.entries(factsOf(flow)))
      for (const fact of facts) kinds[kind as keyof typeof kinds].expect(`${flow.id} ${fact}`)
    segments.expect(`${flow.id} ${timesOfTruth(flow)}`)
  }
  for await (const id of answers.flowIds()) {
    const flow = await answers.flow(id)
    if (!flow) throw new Error(`flow ${id} is listed and not found`)
    for (const [kind, facts] of Object.entries(factsIn(flow)))
      for (const fact of facts) kinds[kind as keyof typeof kinds].find(`${id} ${fact}`)
    if (known.has(id)) segments.find(`${id} ${timesIn(flow)}`)
    sumError = Math.max(sumError, sumErrorOf(flow))
  }
  return {
    flows: kinds.flows.score(),
    edges: kinds.edges.score(),
    attempts: kinds.attempts.score(),
    verdicts: kinds.verdicts.score(),
    sumError,
    segments: segments.score(),
  }
}

type Facts = Record<'flows' | 'edges' | 'attempts' | 'verdicts', Iterable<string>>

function factsOf({ steps, edges, messages, truncated }: FlowTruth): Facts {
  return {
    flows: [...steps.keys(), ...(truncated ? ['truncated'] : [])],
    edges,
    attempts: messages.flatMap(({ key, attempts }) =>
      attempts.map(
        ({ group, number, step, outcome }) => `${key} ${group} ${number} ${keyOf(step)} ${outcome}`,
      ),
    ),
    verdicts: messages.map(({ key, state }) => `${key} ${state}`),
  }
}

function factsIn({ steps, edges, messages, truncated }: Flow): Facts {
  return {
    flows: [...steps.map(keyOf), ...(truncated ? ['truncated'] : [])],
    edges: edges.map(({ from, to, evidence, mayCause }) => edgeKey(from, to, evidence, mayCause)),
    attempts: messages.flatMap(({ key, attempts }) =>
      attempts.map(
        ({ consumerGroup = '', number, step, outcome }) =>
          `${key} ${consumerGroup} ${number} ${keyOf(step)} ${outcome}`,
      ),
    ),
    verdicts: messages.map(({ key, state }) => `${key} ${state}`),
  }
}

function timesOfTruth({ steps, origin, waits }: FlowTruth): string {
  const end = Math.max(...[...steps.values()].map((step) => step.to))
  const waited = waits.dwell + waits.delay + waits.retry + waits.unknown
  return text({ ...waits, work: end - origin.from - waited })
}

function timesIn({ criticalPath }: Flow): string {
  const times = { work: 0, dwell: 0, delay: 0, retry: 0, unknown: 0 }
  for (const { kind, fromUnixNano, toUnixNano } of criticalPath)
    times[kind] += Number(BigInt(toUnixNano) - BigInt(fromUnixNano)) / 1000
  return text(times)
}

function text({ work, dwell, delay, retry, unknown }: Record<string, number>): string {
  return `work ${work} dwell ${dwell} delay ${delay} retry ${retry} unknown ${unknown}`
}

/** Segments have to follow each other without a gap, so that a sum can't be right by chance. */
function sumErrorOf({ criticalPath, startTimeUnixNano, endTimeUnixNano }: Flow): number {
  let at = BigInt(startTimeUnixNano)
  let error = 0n
  for (const { fromUnixNano, toUnixNano } of criticalPath) {
    error += magnitude(BigInt(fromUnixNano) - at)
    at = BigInt(toUnixNano)
  }
  return Number(error + magnitude(BigInt(endTimeUnixNano) - at))
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

const EXAMPLES = 5

class Tally {
  readonly #expected = new Set<string>()
  readonly #wrong: string[] = []
  #found = 0
  #right = 0

  expect(fact: string): void {
    this.#expected.add(fact)
  }

  /** What is found twice is right once. */
  find(fact: string): void {
    this.#found++
    if (this.#expected.delete(fact)) this.#right++
    else if (this.#wrong.length < EXAMPLES) this.#wrong.push(fact)
  }

  score(): Score {
    const missing = [...this.#expected.values().take(EXAMPLES)]
    return {
      recall: this.#right / (this.#right + this.#expected.size),
      precision: this.#found === 0 ? 1 : this.#right / this.#found,
      missing,
      wrong: this.#wrong,
    }
  }
}
