import { guard } from '@flowstitch/core'
import type { CommittedOffset } from './commit.ts'

type Offsets = readonly CommittedOffset[]

/** Commits under way that the application makes: a client tells of them as of those that it makes by itself. */
export class PendingCommits {
  readonly #pending = new Set<{ readonly text: string }>()

  /** Notes one, until the answer is called. */
  add(offsets: Offsets): () => void {
    const commit = { text: textOf(offsets) }
    this.#pending.add(commit)
    return () => void this.#pending.delete(commit)
  }

  /** Whether a commit is one of these; it is none of them any longer. */
  take(offsets: Offsets): boolean {
    const text = textOf(offsets)
    const commit = Array.from(this.#pending).find((one) => one.text === text)
    return commit !== undefined && this.#pending.delete(commit)
  }
}

/** The same for the same offsets, in whatever order and form. */
function textOf(offsets: Offsets): string {
  const texts = (): string[] =>
    offsets.map(({ topic, partition, offset }) => `${topic}/${partition}/${Number(offset)}`)
  return guard('reading offsets', texts, []).toSorted().join()
}
