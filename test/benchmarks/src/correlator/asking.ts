import { Agent, get } from 'node:http'

const PAGE = 5000
/** What only steps have. */
const STEP = /"startTimeUnixNano":"\d+","endTimeUnixNano":"\d+","status":/g

/** Asks a server's API over one connection that stays open. */
export class Asking {
  readonly #api: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(viewer: string) {
    this.#api = `${viewer}/api/v1`
  }

  /** The answer's body; nothing where there is none. */
  ask(path: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      get(`${this.#api}${path}`, { agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => void chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve(answer.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined),
        )
      }).on('error', reject)
    })
  }

  /** How many milliseconds the answers take, one after the other. A flow that isn't whole is an error. */
  async timeFlows(ids: readonly string[], steps: number): Promise<number[]> {
    const times: number[] = []
    for (const id of ids) {
      const began = performance.now()
      const body = await this.ask(`/flows/${id}`)
      times.push(performance.now() - began)
      const found = stepCountOf(body)
      if (found !== steps) throw new Error(`flow ${id} has ${found} steps and not ${steps}`)
    }
    return times
  }

  /** How long it takes to read a flow in pages. One that lacks a step is an error. */
  async timePages(id: string, steps: number): Promise<{ firstMs: number; allMs: number }> {
    const began = performance.now()
    let firstMs = 0
    let cursor: string | undefined
    let found = 0
    do {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`
      const body = await this.ask(`/flows/${id}?limit=${PAGE}${query}`)
      firstMs ||= performance.now() - began
      found += body?.match(STEP)?.length ?? 0
      cursor = /"cursor":"([^"]+)"/.exec(body ?? '')?.[1]
    } while (cursor !== undefined)
    if (found !== steps) throw new Error(`flow ${id} has ${found} steps in its pages and not ${steps}`)
    return { firstMs, allMs: performance.now() - began }
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Of a flow that may be large: without parsing all of it. */
export function stepCountOf(body: string | undefined): number {
  return Number(/"stepCount":(\d+)/.exec(body ?? '')?.[1] ?? 0)
}
