import { Agent, request } from 'node:http'
import { gzipSync } from 'node:zlib'

/** An export request as it goes over the wire. */
export interface Body {
  readonly bytes: Uint8Array
  readonly type: string
  readonly gzip: boolean
}

const CONNECTIONS = 8

export function protobufBody(bytes: Uint8Array): Body {
  return { bytes, type: 'application/x-protobuf', gzip: false }
}

export function gzipped({ bytes, type }: Body): Body {
  return { bytes: gzipSync(bytes), type, gzip: true }
}

/** Sends export requests over a few connections that stay open, as exporters of as many processes do. */
export class Sender {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

  constructor(url: string) {
    this.#url = url
  }

  /** As fast as answers come; resolves with the milliseconds that it took. */
  async all(bodies: readonly Body[]): Promise<number> {
    const began = performance.now()
    let next = 0
    const connection = async (): Promise<void> => {
      for (let body = bodies[next++]; body; body = bodies[next++]) await this.one(body)
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, connection))
    return performance.now() - began
  }

  /** Resolves when it is acknowledged; a server that refuses is asked again, as exporters do. */
  async one(body: Body): Promise<void> {
    for (;;) {
      const status = await this.#post(body)
      if (status < 300) return
      if (status !== 429 && status !== 503) throw new Error(`${this.#url} answered ${status}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #post({ bytes, type, gzip }: Body): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': type,
        'content-length': bytes.length,
        ...(gzip && { 'content-encoding': 'gzip' }),
      }
      const outgoing = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
        answer.on('error', reject)
      })
      outgoing.on('error', reject)
      outgoing.end(bytes)
    })
  }
}
