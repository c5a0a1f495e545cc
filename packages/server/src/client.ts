import type {
  DestinationReports,
  Flow,
  FlowSummary,
  Message,
  ShapeReports,
  Topology,
} from '@flowstitch/correlator'
import { readEvents } from './event-stream.ts'

/** Filters of `flows`, as the API takes them: times in nanoseconds since the epoch, decimal. */
export interface FlowFilters {
  q?: string
  service?: string
  destination?: string
  system?: string
  state?: string
  minDurationMs?: number
  shape?: string
  since?: string
  until?: string
  limit?: number
  cursor?: string
}

/** Filters of `shapes`: by what flows start with. */
export interface ShapeFilters {
  service?: string
  name?: string
  limit?: number
  cursor?: string
}

/** Why a call gave no answer. */
export type ClientErrorCode = 'unreachable' | 'unauthorized' | 'bad-request' | 'gone' | 'failed'

/** A call to a server that gave no answer; the message says what to do. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A server's API, typed. Every call rejects with a `ClientError` when there is no answer. */
export interface Client {
  flows(filters?: FlowFilters): Promise<{ flows: FlowSummary[]; cursor?: string }>
  /** The flow, whole; undefined when no flow has the id. Large ones are read in pages. */
  flow(flowId: string): Promise<Flow | undefined>
  /**
   * The flow, page by page: parts of its four lists, the rest the same on each page. No page when no flow has the
   * id. Throws a `ClientError` of code `gone` when the server has let go of the flow in between.
   */
  flowPages(flowId: string, limit?: number): AsyncIterable<Flow>
  flowsOfTrace(traceId: string): Promise<{ flows: FlowSummary[] }>
  messages(key: { id: string } | { coordinate: string }): Promise<{ messages: Message[] }>
  topology(range?: { since?: string; until?: string }): Promise<Topology>
  destinations(): Promise<DestinationReports>
  shapes(filters?: ShapeFilters): Promise<ShapeReports>
  /** Resolves once connected, with every change of a flow from then on, until the server or `signal` ends it. */
  live(signal?: AbortSignal): Promise<AsyncIterable<FlowSummary>>
}

/** Most flows fit. */
const LARGEST_PAGE = 5000
/** At a flow whose pages are gone before all are read. */
const ATTEMPTS = 3

const codes: Record<number, ClientErrorCode> = {
  400: 'bad-request',
  401: 'unauthorized',
  410: 'gone',
}

/** Calls the API of the server at `serverUrl`, which is the viewer's address. */
export function createClient(serverUrl: string, { token }: { token?: string } = {}): Client {
  const base = `${serverUrl.replace(/\/+$/, '')}/api/v1`
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }

  async function request(path: string, query: object = {}, signal?: AbortSignal): Promise<Response> {
    try {
      return await fetch(`${base}${path}${search(query)}`, { headers, signal: signal ?? null })
    } catch (cause) {
      if (signal?.aborted) throw cause
      throw new ClientError('unreachable', `no server answers at ${serverUrl} (${reasonOf(cause)})`, {
        cause,
      })
    }
  }

  async function get<Answer>(path: string, query?: object): Promise<Answer> {
    const response = await request(path, query)
    if (!response.ok) throw await refusal(response)
    return (await response.json()) as Answer
  }

  async function* flowPages(flowId: string, limit = LARGEST_PAGE): AsyncGenerator<Flow, void> {
    let cursor: string | undefined
    do {
      const response = await request(`/flows/${encodeURIComponent(flowId)}`, { limit, cursor })
      if (response.status === 404) return
      if (!response.ok) throw await refusal(response)
      const page = (await response.json()) as Flow
      cursor = page.cursor
      yield page
    } while (cursor !== undefined)
  }

  return {
    flowPages,
    flow: (flowId) => wholeFlow(() => flowPages(flowId)),
    flows: (filters) => get('/flows', filters),
    flowsOfTrace: (traceId) => get(`/traces/${encodeURIComponent(traceId)}/flows`),
    messages: (key) => get('/messages', key),
    topology: (range) => get('/topology', range),
    destinations: () => get('/destinations'),
    shapes: (filters) => get('/shapes', filters),
    async live(signal) {
      const response = await request('/live', {}, signal)
      if (!response.ok) throw await refusal(response)
      return summaries(response.body!, serverUrl)
    },
  }
}

/** Starts again when the server has let go of the flow: the reader was slow, or the server was started anew. */
async function wholeFlow(pagesOf: () => AsyncIterable<Flow>): Promise<Flow | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const pages: Flow[] = []
      for await (const page of pagesOf()) pages.push(page)
      return joined(pages)
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ClientError && error.code === 'gone')) throw error
    }
  }
}

function joined([first, ...more]: readonly Flow[]): Flow | undefined {
  if (!first || more.length === 0) return first
  const { cursor: _cursor, ...flow } = first
  const pages = [first, ...more]
  return {
    ...flow,
    steps: pages.flatMap(({ steps }) => steps),
    messages: pages.flatMap(({ messages }) => messages),
    edges: pages.flatMap(({ edges }) => edges),
    criticalPath: pages.flatMap(({ criticalPath }) => criticalPath),
  }
}

async function* summaries(
  body: AsyncIterable<Uint8Array>,
  serverUrl: string,
): AsyncGenerator<FlowSummary, void> {
  try {
    for await (const { event, data } of readEvents(body)) {
      if (event === 'flow') yield JSON.parse(data) as FlowSummary
    }
  } catch (cause) {
    if ((cause as Error).name === 'AbortError') throw cause
    throw new ClientError('unreachable', `the connection to ${serverUrl} broke off`, { cause })
  }
}

function search(query: object): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value))
  return given.size === 0 ? '' : `?${given.toString()}`
}

async function refusal(response: Response): Promise<ClientError> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string }
  const detail = problem.detail ?? `${response.url} answered ${response.status}`
  return new ClientError(codes[response.status] ?? 'failed', detail)
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? String(error)
}
