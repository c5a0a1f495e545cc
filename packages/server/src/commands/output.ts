/** What the terminal at the other end can show. */
export interface Terminal {
  color: boolean
  width: number
}

const WIDTH_WITHOUT_TERMINAL = 120

/** Looks at standard output: colours only where it is a terminal that has them and `NO_COLOR` is not set. */
export function terminal(): Terminal {
  const { isTTY, columns } = process.stdout
  return { color: isTTY && process.stdout.hasColors(), width: isTTY ? columns : WIDTH_WITHOUT_TERMINAL }
}

/** Writes a line, or lines, to standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes an answer as one line of JSON. */
export function printJson(answer: unknown): void {
  print(JSON.stringify(answer))
}

/** Writes a line to standard error: what is said beside the answer. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
