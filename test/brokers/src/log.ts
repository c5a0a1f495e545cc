/** Takes one line about what happens now. */
export type Log = (line: string) => void

/** Says what is done, does it, and says how long it took. */
export async function step<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  log(`${what} …`)
  const started = performance.now()
  const result = await work()
  log(`${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return result
}
