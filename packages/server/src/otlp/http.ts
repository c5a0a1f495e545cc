import type { IncomingMessage } from 'node:http'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Encoding } from '@flowstitch/correlator'
import type { ByteBudget } from '../budget.ts'
import type { Ingest, IngestOutcome } from '../ingest.ts'
import { isLoopback } from '../loopback.ts'
import type { Authorize } from '../token.ts'
import { acceptedEncodings, BodyError, readBody } from './body.ts'
import type { Body } from './body.ts'
import { code, exportResponse, statusMessage } from './protobuf.ts'
import type { StatusCode } from './protobuf.ts'

const TRACES = '/v1/traces'
const ZIPKIN = '/api/v2/spans'
const REQUEST_TIMEOUT_MS = 30_000
const RETRY_AFTER_MS = 1000

const contentTypes: Record<Exclude<Encoding, 'zipkin'>, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

/** Where it is none of these the sender should try again. */
const statusCodes: Record<number, StatusCode> = {
  400: code.invalidArgument,
  413: code.resourceExhausted,
  415: code.invalidArgument,
}

/**
 * OTLP/HTTP: `POST /v1/traces`, in protobuf and JSON; errors carry a `google.rpc.Status` in the request's
 * encoding. And Zipkin's `POST /api/v2/spans`, in JSON.
 */
export function otlpHttp(ingest: Ingest, authorize: Authorize, budget: ByteBudget): FastifyInstance {
  const app = Fastify({
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    // What still comes over an open connection while the server ends is stored: the store closes last.
    return503OnClosing: false,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(Object.values(contentTypes), (request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, request.headers, budget),
  )
  app.addHook('onRequest', (request, reply, next) => {
    if (refusesOrigin(request.headers.origin)) {
      sendStatus(request, reply, 403, code.permissionDenied, 'web pages may not send spans here')
    } else if (!authorize(request.headers.authorization)) {
      reply.header('www-authenticate', 'Bearer realm="flowstitch"')
      sendStatus(request, reply, 401, code.unauthenticated, 'a bearer token is needed')
    } else next()
  })
  app.post(TRACES, (request, reply) => exportTraces(request, reply, ingest, encodingOf(request)))
  app.post(ZIPKIN, (request, reply) => exportZipkin(request, reply, ingest))
  app.setNotFoundHandler(answerNotFound)
  app.setErrorHandler(answerError)
  return app
}

async function exportTraces(
  request: FastifyRequest,
  reply: FastifyReply,
  ingest: Ingest,
  encoding: Encoding,
): Promise<FastifyReply> {
  const body = request.body as Body | undefined
  if (!body) return sendStatus(request, reply, 415, code.invalidArgument, 'the request has no content type')
  try {
    return sendOutcome(request, reply, await ingest(body.bytes, encoding, `http/${encoding}`))
  } finally {
    body.release()
  }
}

async function exportZipkin(
  request: FastifyRequest,
  reply: FastifyReply,
  ingest: Ingest,
): Promise<FastifyReply> {
  if (encodingOf(request) === 'json') return exportTraces(request, reply, ingest, 'zipkin')
  ;(request.body as Body | undefined)?.release()
  const message = `${ZIPKIN} takes JSON; set the reporter’s encoder to JSON_V2`
  return sendStatus(request, reply, 415, code.invalidArgument, message)
}

function sendOutcome(request: FastifyRequest, reply: FastifyReply, outcome: IngestOutcome): FastifyReply {
  if (outcome.kind === 'stored') return sendResponse(request, reply, outcome.rejected, outcome.message)
  if (outcome.kind === 'invalid')
    return sendStatus(request, reply, 400, code.invalidArgument, outcome.message)
  return sendStatus(request, reply, 503, code.unavailable, outcome.message, outcome.retryAfterMs)
}

function sendResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  rejected: number,
  message: string,
): FastifyReply {
  // What Zipkin's reporters expect: accepted, and nothing to read.
  if (pathOf(request) === ZIPKIN) return reply.code(202).send()
  if (encodingOf(request) === 'protobuf') {
    return reply.type(contentTypes.protobuf).send(exportResponse(rejected, message))
  }
  const partial = rejected > 0 || message !== ''
  // A 64-bit number is a string in protobuf's JSON.
  const answer = partial ? { partialSuccess: { rejectedSpans: String(rejected), errorMessage: message } } : {}
  return reply.type(contentTypes.json).send(JSON.stringify(answer))
}

function sendStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  httpStatus: number,
  status: StatusCode,
  message: string,
  retryAfterMs?: number,
): FastifyReply {
  reply.code(httpStatus)
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000))
  if (encodingOf(request) === 'protobuf') {
    return reply.type(contentTypes.protobuf).send(statusMessage(status, message, retryAfterMs))
  }
  return reply.type(contentTypes.json).send(JSON.stringify({ code: status, message }))
}

function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = pathOf(request)
  if (path === TRACES || path === ZIPKIN) {
    reply.header('allow', 'POST')
    return sendStatus(request, reply, 405, code.unimplemented, `${path} takes POST`)
  }
  const message =
    path === '/v1/metrics' || path === '/v1/logs'
      ? `Flowstitch takes traces alone; switch this signal off with OTEL_${path.slice(4).toUpperCase()}_EXPORTER=none`
      : `there is nothing here but ${TRACES} and ${ZIPKIN}`
  return sendStatus(request, reply, 404, code.unimplemented, message)
}

function answerError(
  error: Error & { statusCode?: number; code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const message = `content type ${request.headers['content-type'] ?? '(none)'} is not supported; send ${Object.values(contentTypes).join(' or ')}`
    return sendStatus(request, reply, 415, code.invalidArgument, message)
  }
  const status = error instanceof BodyError ? error.status : (error.statusCode ?? 503)
  if (status === 415) reply.header('accept-encoding', acceptedEncodings)
  const retryAfterMs = status === 503 ? RETRY_AFTER_MS : undefined
  return sendStatus(
    request,
    reply,
    status,
    statusCodes[status] ?? code.unavailable,
    error.message,
    retryAfterMs,
  )
}

function pathOf(request: FastifyRequest): string | undefined {
  return request.url.split('?', 1)[0]
}

/** A request that says nothing we know is answered in JSON, which anybody can read. */
function encodingOf(request: FastifyRequest): 'protobuf' | 'json' {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  return type === contentTypes.protobuf ? 'protobuf' : 'json'
}

/** Browsers name the page that sends; a foreign one got here by DNS rebinding, for there are no CORS answers. */
function refusesOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return false
  return !URL.canParse(origin) || !isLoopback(new URL(origin).hostname)
}
