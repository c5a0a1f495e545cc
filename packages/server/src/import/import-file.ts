import { readExports } from './read-exports.ts'
import type { ImportTarget } from './target.ts'

/** How far an import has come. */
export interface ImportProgress {
  bytes: number
  requests: number
  rejectedSpans: number
  /** Why spans were rejected, the last reason given. */
  reason: string
}

/** Enough to keep a group commit busy. */
const REQUESTS_IN_FLIGHT = 8

/** Sends everything in a file to `target`, several requests at a time; rejects with the first failure. */
export async function importFile(
  path: string,
  target: ImportTarget,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportProgress> {
  const progress: ImportProgress = { bytes: 0, requests: 0, rejectedSpans: 0, reason: '' }
  const inFlight = new Set<Promise<void>>()
  const exports = readExports(path, (count) => (progress.bytes += count))
  for await (const request of exports) {
    const sending = target.send(request).then(({ spans, message }) => {
      progress.requests++
      progress.rejectedSpans += spans
      progress.reason = message || progress.reason
      onProgress(progress)
    })
    const tracked: Promise<void> = sending.finally(() => inFlight.delete(tracked))
    inFlight.add(tracked)
    if (inFlight.size >= REQUESTS_IN_FLIGHT) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
  return progress
}
