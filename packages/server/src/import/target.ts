import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '@flowstitch/correlator'
import { ClientError } from '../client.ts'
import { readExportResponse } from '../otlp/protobuf.ts'
import type { ExportRequest } from './read-exports.ts'

/** Spans that were not taken, and why. */
export interface Rejection {
  spans: number
  message: string
}

/** Where imported requests go. */
export interface ImportTarget {
  /** Resolves when the request's spans are stored. */
  send(request: ExportRequest): Promise<Rejection>
  close(): Promise<void>
}

const GIVE_UP_AFTER_MS = 60_000

/** Straight into a store. */
export function engineTarget(engine: Engine): ImportTarget {
  return {
    async send({ body, encoding }) {
      const { rejected, message = '' } = await engine.ingest(body, encoding)
      return { spans: rejected, message }
    },
    close: () => engine.close(),
  }
}

/** Through OTLP/HTTP of a running server; waits when it says that it is overloaded. */
export function serverTarget(endpoint: string, token?: string): ImportTarget {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    async send({ body, encoding }) {
      const type = encoding === 'json' ? 'application/json' : 'application/x-protobuf'
      const headers = { ...authorization, 'content-type': type }
      const response = await postPatiently(url, { method: 'POST', headers, body: new Uint8Array(body) })
      const answer = Buffer.from(await response.arrayBuffer())
      if (!response.ok) throw refusal(url, response.status, answer)
      return encoding === 'json' ? rejectionIn(answer) : rejection(readExportResponse(answer))
    },
    close: () => Promise.resolve(),
  }
}

async function postPatiently(url: string, request: RequestInit): Promise<Response> {
  const start = performance.now()
  for (;;) {
    const response = await post(url, request)
    const patient = performance.now() - start < GIVE_UP_AFTER_MS
    if ((response.status !== 429 && response.status !== 503) || !patient) return response
    await response.body?.cancel()
    await sleep(1000 * (Number(response.headers.get('retry-after')) || 1))
  }
}

async function post(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request)
  } catch (cause) {
    throw new ClientError(
      'unreachable',
      `no server answers at ${url}; name it with --endpoint, or give --data`,
      { cause },
    )
  }
}

function refusal(url: string, status: number, answer: Buffer): ClientError {
  const code = status === 401 ? 'unauthorized' : 'failed'
  return new ClientError(
    code,
    `${url} answered ${status}: ${answer
      .toString()
      .replaceAll(/[^\x20-\x7e]+/g, ' ')
      .trim()}`,
  )
}

function rejectionIn(answer: Buffer): Rejection {
  const { partialSuccess = {} } = JSON.parse(answer.toString()) as {
    partialSuccess?: { rejectedSpans?: string; errorMessage?: string }
  }
  return rejection({
    rejectedSpans: Number(partialSuccess.rejectedSpans ?? 0),
    errorMessage: partialSuccess.errorMessage ?? '',
  })
}

function rejection({
  rejectedSpans,
  errorMessage,
}: {
  rejectedSpans: number
  errorMessage: string
}): Rejection {
  return { spans: rejectedSpans, message: errorMessage }
}
