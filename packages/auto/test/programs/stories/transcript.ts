import { inspect } from 'node:util'

type Class = NewableFunction & { readonly prototype: object }

/** What a program sees, in words that do not change from run to run. */
export class Transcript {
  readonly #lines: string[] = []

  note(what: string, seen: unknown): void {
    this.#lines.push(`${what}: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`)
  }

  /** All that tells a function or a class from one that stands in for it. */
  noteFunction(what: string, seen: { readonly name: string; readonly length: number }): void {
    this.note(what, [typeof seen, seen.name, seen.length, inspect(seen), Object.keys(seen)])
  }

  noteInstance(what: string, made: object, Made: Class): void {
    const prototype = Object.getPrototypeOf(made) as object
    this.note(`an instance of ${what}`, [made instanceof Made, made.constructor === Made])
    this.note('its prototype', [prototype === Made.prototype, Made.prototype.constructor === Made])
    this.note(`its keys`, Object.keys(made))
  }

  async noteFailure(what: string, call: () => unknown): Promise<void> {
    try {
      this.note(what, await call())
    } catch (error) {
      this.note(what, `${(error as Error).name}: ${(error as Error).message}`)
    }
  }

  print(): void {
    process.stdout.write(`${JSON.stringify(this.#lines)}\n`)
  }
}
