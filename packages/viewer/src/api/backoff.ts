const FIRST_MS = 500
const LONGEST_MS = 15_000

/** How long to wait before the n-th try again (from 0): doubling, with up to a quarter of jitter. */
export function backoffMs(failures: number, random: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10))
  return Math.round(base * (0.75 + 0.25 * random))
}
