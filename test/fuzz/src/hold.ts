import fc from 'fast-check'

/**
 * Asserts a property for a hundred values, or for as many as `FLOWSTITCH_FUZZ_RUNS` says. What breaks it is
 * found again with the seed that the failure names, in `FLOWSTITCH_FUZZ_SEED`.
 */
export function hold<T>(property: fc.IAsyncProperty<T>): Promise<void>
export function hold<T>(property: fc.IProperty<T>): void
export function hold<T>(property: fc.IRawProperty<T>): void | Promise<void> {
  const { FLOWSTITCH_FUZZ_RUNS: runs, FLOWSTITCH_FUZZ_SEED: seed } = process.env
  return fc.assert(property as fc.IProperty<T>, {
    numRuns: Number(runs || 100),
    ...(seed ? { seed: Number(seed) } : {}),
  })
}
