import { styleText } from 'node:util'
import type { Flow } from '@flowstitch/correlator'
import { renderFlow } from 'flowstitch'
import type { Outcome } from './follow.ts'
import type { Summary } from './summary.ts'

type Format = Parameters<typeof styleText>[0]

/** What the demo says: calm on a terminal, where progress keeps to one line; plain lines elsewhere. */
export class Screen {
  readonly #terminal = process.stdout.isTTY
  #hasStatus = false

  /** Something that goes on now; on a terminal the next thing said takes its place. */
  status(text: string): void {
    this.line(paint('dim', text))
    this.#hasStatus = this.#terminal
  }

  line(text = ''): void {
    if (this.#hasStatus) process.stdout.write('\u001B[1A\u001B[2K')
    this.#hasStatus = false
    process.stdout.write(`${text}\n`)
  }

  greeting(viewer: string, forever: boolean): void {
    this.line()
    this.line(`  ${paint('bold', 'Flowstitch')}  ${paint(['cyan', 'underline'], viewer)}`)
    this.line(paint('dim', `  Seven services, five brokers.${forever ? ' Ctrl-C ends it.' : ''}`))
    this.line()
  }

  outcome({ order, flow, problems }: Outcome): void {
    const name = `order ${order}`.padEnd(10)
    if (problems.length > 0 || !flow) this.line(`${name} ${paint('red', '✗ wrong')}  ${flow?.id ?? ''}`)
    else this.line(`${name} ${endOf(flow)}  ${paint('dim', numbersOf(flow))}`)
    for (const problem of problems) this.line(`           ${problem}`)
  }

  flow(flow: Flow): void {
    const { isTTY, columns } = process.stdout
    this.line()
    this.line(renderFlow(flow, { color: isTTY && process.stdout.hasColors(), width: isTTY ? columns : 120 }))
  }

  summary({ flows, steps, messages, attempts, deadLetters, slowestQueue }: Summary, wrong: string[]): void {
    this.line(
      `${flows} flows: ${steps} steps, ${messages} messages, ${attempts} attempts, ${deadLetters} dead-lettered`,
    )
    if (slowestQueue)
      this.line(`slowest queue: ${slowestQueue.name}, ${slowestQueue.medianMs.toFixed(1)} ms (median)`)
    if (wrong.length === 0)
      this.line(paint('green', '✓ Each flow is what its services report, and nothing else.'))
    else this.line(paint('red', '✗ Not every flow is what its services report:'))
    for (const problem of wrong) this.line(`  ${problem}`)
  }
}

function endOf({ messages }: Flow): string {
  const dead = messages.some(({ state }) => state === 'dead-lettered')
  return dead ? paint('yellow', '✗ dead letter') : paint('green', '✓ delivered  ')
}

function numbersOf({ durationMs, messageCount, attemptCount }: Flow): string {
  return `${(durationMs / 1000).toFixed(2)} s · ${messageCount} messages · ${attemptCount} attempts`
}

function paint(format: Format, text: string): string {
  return styleText(format, text)
}
