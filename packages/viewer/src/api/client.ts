import { token, tokenRequired } from './token.ts'

/** What the server said instead of an answer, or that it said nothing. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when the server could not be reached. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Values of undefined or '' are left out of the query. */
export type Params = Record<string, string | number | undefined>

/** Reads one JSON answer of `/api/v1`; rejects with an `ApiError`. */
export async function getJson<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const response = await request(path, params, 'application/json', signal)
  return (await response.json()) as T
}

/** Opens an event stream of `/api/v1`; rejects with an `ApiError`. */
export async function openStream(
  path: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const response = await request(path, {}, 'text/event-stream', signal)
  if (!response.body) throw new ApiError(response.status, 'The server sent no stream.')
  return response.body
}

async function request(
  path: string,
  params: Params,
  accept: string,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = new Headers({ accept })
  const bearer = token.get()
  if (bearer) headers.set('authorization', `Bearer ${bearer}`)
  const response = await fetch(address(path, params), { headers, signal: signal ?? null }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error
      throw new ApiError(0, 'The server does not answer.')
    },
  )
  if (response.status === 401) tokenRequired.set(true)
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  return response
}

function address(path: string, params: Params): URL {
  const url = new URL(`api/v1/${path}`, document.baseURI)
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  return url
}

/** RFC 9457: `detail` is about this occurrence, `title` about its kind. */
async function problemOf(response: Response): Promise<string> {
  const fallback = `The server answered ${response.status} ${response.statusText}`.trim()
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string }
  return problem.detail ?? problem.title ?? fallback
}
