import type { ChildProcess } from 'node:child_process'
import type { LoadSpan } from '../load/span.ts'
import type { Body } from '../correlator/sender.ts'
import type { Measured } from '../correlator/server.ts'

/** A server that takes the load's spans, whatever it makes of them. */
export interface Rival {
  readonly name: string
  readonly process: Measured
  /** Where export requests go. */
  readonly url: string
  /** A request as this server takes it. */
  body(service: string, spans: readonly LoadSpan[]): Body
  /** Spans that it says it has stored, which may be fewer than it has acknowledged. */
  stored(): Promise<number>
  /** Everything that the flow's first span caused, as span ids, found as well as its API allows. */
  causedBy(traceId: string, asked: Asked): Promise<Set<string>>
  readonly child?: ChildProcess
  stop(): Promise<void>
}

/** What a question came to. */
export class Asked {
  requests = 0
  bytes = 0

  async json(url: string): Promise<unknown> {
    const answer = await fetch(url)
    const text = await answer.text()
    this.requests++
    this.bytes += text.length
    return answer.ok ? JSON.parse(text) : undefined
  }
}

/** Resolves when the address answers. */
export async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const up = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (up) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer`)
}
