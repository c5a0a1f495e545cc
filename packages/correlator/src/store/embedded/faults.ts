/** What the store does behind requests, and may fail at. */
export type Chore = 'commit' | 'rotate' | 'seal' | 'pack' | 'retention' | 'checkpoint' | 'read'

/** Failures that no request gets as its answer: kept while they last, and told once when they begin and end. */
export class Faults {
  readonly #report: (line: string) => void
  readonly #standing = new Map<Chore, string>()

  constructor(report: (line: string) => void) {
    this.#report = report
  }

  get standing(): readonly string[] {
    return [...this.#standing.values()]
  }

  /** Does the chore, and answers whether it succeeded. A failure stands until the chore succeeds again. */
  attempt(chore: Chore, work: () => void): boolean {
    try {
      work()
    } catch (error) {
      this.failed(chore, error)
      return false
    }
    this.succeeded(chore)
    return true
  }

  failed(chore: Chore, error: unknown): void {
    const message = `store: ${chore}: ${error instanceof Error ? error.message : String(error)}`
    if (this.#standing.get(chore) === message) return
    this.#standing.set(chore, message)
    this.#report(message)
  }

  succeeded(chore: Chore): void {
    if (this.#standing.delete(chore)) this.#report(`store: ${chore}: works again`)
  }

  /** Tells what needs no more than to be known. */
  tell(line: string): void {
    this.#report(`store: ${line}`)
  }
}
