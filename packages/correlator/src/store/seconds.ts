/** The seconds of all segments that are in the range, newest first, each once. */
export function newestFirst(segments: Iterable<number>[], since: number, until: number): number[] {
  const all = new Set<number>()
  for (const seconds of segments)
    for (const second of seconds) if (second >= since && second <= until) all.add(second)
  return [...all].sort((a, b) => b - a)
}
