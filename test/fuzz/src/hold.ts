import fc from 'fast-check'

/** How long a test of a costly property may take, in milliseconds: for ever, where a long run is asked for. */
export const PATIENCE: number = process.env['FLOWSTITCH_FUZZ_RUNS'] ? 0 : 120_000

/** The same values each time, so that a change is judged by what it does; `npm run fuzz` tries others. */
const USUAL_SEED = 20_251_123

/**
 * Asserts a property for a hundred values, or for as many as `FLOWSTITCH_FUZZ_RUNS` says, made from the seed
 * `FLOWSTITCH_FUZZ_SEED`. What breaks it is found again with the seed that the failure names.
 * @param times how many times longer one value takes than is usual: that many fewer values are tried
 */
export function hold<T>(property: fc.IAsyncProperty<T>, times?: number): Promise<void>
export function hold<T>(property: fc.IProperty<T>, times?: number): void
export function hold<T>(property: fc.IRawProperty<T>, times = 1): void | Promise<void> {
  const { FLOWSTITCH_FUZZ_RUNS: runs, FLOWSTITCH_FUZZ_SEED: seed } = process.env
  return fc.assert(property as fc.IProperty<T>, {
    numRuns: Math.ceil(Number(runs || 100) / times),
    seed: Number(seed || USUAL_SEED),
  })
}
