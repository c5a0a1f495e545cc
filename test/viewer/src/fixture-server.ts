import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { DestinationReport, Flow, FlowSummary, OriginReport, Topology } from '@flowstitch/correlator'
import { summaryOf } from './flow-builder.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
}

/** The same policy as the real server's, so that what it forbids shows here too. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export interface FixtureOptions {
  /** The folder of the built viewer. */
  viewer: string
  flows?: Flow[]
  token?: string
  topology?: Topology
  destinations?: DestinationReport[]
  shapes?: OriginReport[]
}

/** Answers like the API, from flows that a test writes down; for shapes that a real system shows rarely. */
export class FixtureServer {
  readonly url: string
  /** The query strings of `/flows` as they came in. */
  readonly queries: URLSearchParams[] = []
  readonly #server: Server
  readonly #options: FixtureOptions
  readonly #flows: Map<string, Flow>
  readonly #streams = new Set<ServerResponse>()

  static async start(options: FixtureOptions): Promise<FixtureServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new FixtureServer(server, options)
  }

  private constructor(server: Server, options: FixtureOptions) {
    this.#server = server
    this.#options = options
    this.#flows = new Map(options.flows?.map((flow) => [flow.id, flow]))
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => void this.#answer(request, response))
  }

  /** Adds or replaces a flow and tells everybody who listens. */
  push(flow: Flow): void {
    this.#flows.set(flow.id, flow)
    for (const stream of this.#streams)
      stream.write(`event: flow\ndata: ${JSON.stringify(summaryOf(flow))}\n\n`)
  }

  get listeners(): number {
    return this.#streams.size
  }

  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    response.setHeader('content-security-policy', POLICY)
    if (!url.pathname.startsWith('/api/v1/')) return this.#file(url.pathname, response)
    const { token } = this.#options
    if (token && request.headers.authorization !== `Bearer ${token}`)
      return problem(response, 401, 'a token is needed')
    this.#api(url.pathname.slice('/api/v1/'.length), url.searchParams, response)
  }

  #api(path: string, query: URLSearchParams, response: ServerResponse): void {
    const [head, id = '', tail] = path.split('/')
    if (head === 'live') return this.#live(response)
    if (head === 'topology')
      return json(response, this.#options.topology ?? { nodes: [], edges: [], complete: true })
    if (head === 'destinations')
      return json(response, { destinations: this.#options.destinations ?? [], complete: true })
    if (head === 'shapes') return json(response, { origins: this.#options.shapes ?? [], complete: true })
    if (head === 'traces' && tail === 'flows') return json(response, { flows: this.#ofTrace(id) })
    if (head === 'flows' && id === '') return json(response, this.#page(query))
    const flow = this.#flows.get(id)
    return flow ? json(response, flow) : problem(response, 404, `there is no flow ${id}`)
  }

  #page(query: URLSearchParams): { flows: FlowSummary[]; cursor?: string } {
    this.queries.push(query)
    const matching = [...this.#flows.values()]
      .filter((flow) => matches(flow, query))
      .sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? 1 : -1))
    const from = Number(query.get('cursor') ?? 0)
    const to = from + Number(query.get('limit') ?? 50)
    const flows = matching.slice(from, to).map(summaryOf)
    return to < matching.length ? { flows, cursor: String(to) } : { flows }
  }

  #ofTrace(traceId: string): FlowSummary[] {
    const flows = [...this.#flows.values()]
    return flows.filter((flow) => flow.steps.some((step) => step.traceId === traceId)).map(summaryOf)
  }

  #live(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 2000\n\n')
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = join(this.#options.viewer, normalize(path === '/' ? '/index.html' : path))
    try {
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      response.end(await readFile(file))
    } catch {
      problem(response, 404, `there is no file ${path}`)
    }
  }
}

function matches(flow: Flow, query: URLSearchParams): boolean {
  const q = query.get('q') ?? ''
  return (
    (query.get('state') === null || flow.state === query.get('state')) &&
    (query.get('service') === null || flow.services.includes(query.get('service') ?? '')) &&
    (query.get('destination') === null || flow.destinations.includes(query.get('destination') ?? '')) &&
    (query.get('shape') === null || flow.shape === query.get('shape')) &&
    (query.get('system') === null || flow.systems.includes(query.get('system') ?? '')) &&
    flow.durationMs >= Number(query.get('minDurationMs') ?? 0) &&
    JSON.stringify(flow).includes(q)
  )
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
}

function problem(response: ServerResponse, status: number, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify({ type: 'about:blank', title: 'Problem', status, detail }))
}
