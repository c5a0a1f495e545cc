import type { ServerResponse } from 'node:http'
import { Type } from '@sinclair/typebox'
import type { Engine, FlowSummary } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import type { ServerMetrics } from '../metrics.ts'

const HEARTBEAT_MS = 15_000
/** Flows that wait for one slow reader; past it the oldest changes are told as a number alone. */
const MAX_WAITING = 10_000

/** `/live`: a server-sent `flow` event with the summary whenever a flow changes. */
export function liveRoute(app: FastifyInstance, engine: Engine, metrics: ServerMetrics): void {
  const open = new Set<LiveStream>()
  // Streams never end by themselves, and closing waits for answers in flight.
  app.addHook('preClose', async () => open.forEach((stream) => stream.end()))

  app.get(
    '/live',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'followFlows',
        summary:
          'Server-sent events: `flow` with a FlowSummary whenever one changes; `missed` with a count when the reader is too slow.',
        produces: ['text/event-stream'],
        response: { 200: Type.String() },
      },
    },
    (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      })
      const stream = new LiveStream(reply.raw)
      const unsubscribe = engine.subscribe((summary) => stream.push(summary))
      open.add(stream)
      metrics.liveClients.inc()
      reply.raw.once('close', () => {
        unsubscribe()
        stream.end()
        open.delete(stream)
        metrics.liveClients.dec()
      })
    },
  )
}

/**
 * One reader. While its connection is backed up, changes wait here, the newest of each flow, so that a slow
 * reader costs bounded memory and still ends up with the truth.
 */
class LiveStream {
  readonly #out: ServerResponse
  readonly #waiting = new Map<string, FlowSummary>()
  readonly #heartbeat: NodeJS.Timeout
  #missed = 0
  #blocked = false

  constructor(out: ServerResponse) {
    this.#out = out
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS)
    out.on('drain', () => this.#flush())
    this.#write('retry: 2000\n\n')
  }

  push(summary: FlowSummary): void {
    if (!this.#blocked) return this.#write(event('flow', summary))
    this.#waiting.delete(summary.id)
    this.#waiting.set(summary.id, summary)
    if (this.#waiting.size <= MAX_WAITING) return
    this.#waiting.delete(this.#waiting.keys().next().value!)
    this.#missed++
  }

  end(): void {
    clearInterval(this.#heartbeat)
    this.#out.end()
  }

  #flush(): void {
    this.#blocked = false
    if (this.#missed > 0) this.#write(event('missed', { count: this.#missed }))
    this.#missed = 0
    for (const [id, summary] of this.#waiting) {
      if (this.#blocked) return
      this.#waiting.delete(id)
      this.#write(event('flow', summary))
    }
  }

  #write(text: string): void {
    if (this.#out.writableEnded) return
    this.#blocked = !this.#out.write(text) || this.#blocked
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
