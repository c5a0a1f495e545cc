/** A record that failed, and those that were not begun because of it. */
export interface Failure<D> {
  readonly error: unknown
  readonly failed: D
  readonly left: readonly D[]
}

/** How lanes are gone through. */
export interface Going {
  /** How many lanes are gone through at a time. */
  readonly concurrency: number
  /** Whether a failure leaves the other lanes alone. */
  readonly goesOn: boolean
}

/** What came of it, each in the order of time. */
export interface Gone<D> {
  readonly answers: readonly unknown[]
  readonly failures: readonly Failure<D>[]
}

/** Puts what has the same key into one lane, in the order given; what has none gets one of its own. */
export function lanesOf<D>(deliveries: readonly D[], keyOf: (delivery: D) => string | undefined): D[][] {
  const lanes: D[][] = []
  const byKey = new Map<string, D[]>()
  for (const delivery of deliveries) {
    const key = keyOf(delivery)
    const known = key === undefined ? undefined : byKey.get(key)
    if (known) {
      known.push(delivery)
      continue
    }
    const lane = [delivery]
    lanes.push(lane)
    if (key !== undefined) byKey.set(key, lane)
  }
  return lanes
}

/**
 * Handles what is in the lanes: in each one after the other, and nothing behind a failure. Resolves when nothing runs
 * any more: what went on behind the function's answer would be frozen with it.
 */
export async function goThrough<D>(
  lanes: readonly (readonly D[])[],
  handle: (delivery: D) => unknown,
  { concurrency, goesOn }: Going,
): Promise<Gone<D>> {
  const answers: unknown[] = []
  const failures: Failure<D>[] = []
  const goDown = async (lane: readonly D[]): Promise<void> => {
    for (const [at, delivery] of lane.entries()) {
      if (failures.length > 0 && !goesOn) return
      try {
        answers.push(await handle(delivery))
      } catch (error) {
        failures.push({ error, failed: delivery, left: lane.slice(at + 1) })
        return
      }
    }
  }
  const waiting = lanes.values()
  const work = async (): Promise<void> => {
    for (const lane of waiting) await goDown(lane)
  }
  const workers = Math.max(1, Math.min(Math.floor(concurrency) || 1, lanes.length))
  await Promise.all(Array.from({ length: workers }, work))
  return { answers, failures }
}
