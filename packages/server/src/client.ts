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
export type ClientErrorCode = 'unreachable' | 'unauthorized' | 'bad-request' | 'failed'

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
  /** Undefined when no flow has the id. */
  flow(flowId: string): Promise<Flow | undefined>
  flowsOfTrace(traceId: string): Promise<{ flows: FlowSummary[] }>
  messages(key: { id: string } | { coordinate: string }): Promise<{ messages: Message[] }>
  topology(range?: { since?: string; until?: string }): Promise<Topology>
  destinations(): Promise<DestinationReports>
  shapes(filters?: ShapeFilters): Promise<ShapeReports>
  /** Resolves once connected, with every change of a flow from then on, until the server or `signal` ends it. */
  live(signal?: AbortSignal): Promise<AsyncIterable<FlowSummary>>
}

const codes: Record<number, ClientErrorCode> = { 400: 'bad-request', 401: 'unauthorized' }

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

  return {
    flows: (filters) => get('/flows', filters),
    flowsOfTrace: (traceId) => get(`/traces/${encodeURIComponent(traceId)}/flows`),
    messages: (key) => get('/messages', key),
    topology: (range) => get('/topology', range),
    destinations: () => get('/destinations'),
    shapes: (filters) => get('/shapes', filters),
    async flow(flowId) {
      const response = await request(`/flows/${encodeURIComponent(flowId)}`)
      if (response.status === 404) return undefined
      if (!response.ok) throw await refusal(response)
      return (await response.json()) as Flow
    },
    async live(signal) {
      const response = await request('/live', {}, signal)
      if (!response.ok) throw await refusal(response)
      return summaries(response.body!, serverUrl)
    },
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
