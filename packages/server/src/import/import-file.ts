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
  const exports = readExports(path, (count) => (progress.bytes += count))
  async function sendOneByOne(): Promise<void> {
    for await (const request of exports) {
      const { spans, message } = await target.send(request)
      progress.requests++
      progress.rejectedSpans += spans
      progress.reason = message || progress.reason
      onProgress(progress)
    }
  }
  // All take from the same file. When one fails it closes the file, and the others end after what they have.
  const senders = await Promise.allSettled(Array.from({ length: REQUESTS_IN_FLIGHT }, sendOneByOne))
  const failure = senders.find(({ status }) => status === 'rejected')
  if (failure) throw (failure as PromiseRejectedResult).reason
  return progress
}
