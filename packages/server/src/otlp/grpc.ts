import { logVerbosity, Metadata, Server, ServerCredentials, setLogVerbosity, status } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall, ServiceDefinition, StatusObject } from '@grpc/grpc-js'
import type { ByteBudget } from '../budget.ts'
import type { Ingest, IngestOutcome } from '../ingest.ts'
import type { Authorize } from '../token.ts'
import { MAX_BODY_BYTES } from './body.ts'
import { code, exportResponse, statusMessage } from './protobuf.ts'

const RETRY_AFTER_MS = 1000
/** Per connection; more wait in the client. */
const MAX_CONCURRENT_CALLS = 128

const passBytes = (bytes: Buffer): Buffer => bytes

/** Bytes go through as they are, so that one decoder reads HTTP and gRPC. */
const traceService: ServiceDefinition = {
  Export: {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: passBytes,
    requestDeserialize: passBytes,
    responseSerialize: passBytes,
    responseDeserialize: passBytes,
  },
}

/** OTLP/gRPC: `TraceService/Export`. grpc-js itself undoes gzip and refuses what is too large. */
export function otlpGrpc(ingest: Ingest, authorize: Authorize, budget: ByteBudget): Server {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_BODY_BYTES,
    'grpc.max_concurrent_streams': MAX_CONCURRENT_CALLS,
  })
  server.addService(traceService, {
    Export: (call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
      if (authorize(call.metadata.get('authorization')[0]?.toString()))
        void exportTraces(call.request, answer, ingest, budget)
      else answer({ code: status.UNAUTHENTICATED, details: 'a bearer token is needed' })
    },
  })
  return server
}

async function exportTraces(
  body: Buffer,
  answer: sendUnaryData<Buffer>,
  ingest: Ingest,
  budget: ByteBudget,
): Promise<void> {
  if (!budget.take(body.byteLength))
    return answer(unavailable('too many requests in flight; try again later', RETRY_AFTER_MS))
  try {
    const outcome = await ingest(body, 'protobuf', 'grpc')
    if (outcome.kind === 'stored') answer(null, exportResponse(outcome.rejected, outcome.message))
    else answer(refusal(outcome))
  } finally {
    budget.give(body.byteLength)
  }
}

function refusal(outcome: Exclude<IngestOutcome, { kind: 'stored' }>): Partial<StatusObject> {
  if (outcome.kind === 'invalid') return { code: status.INVALID_ARGUMENT, details: outcome.message }
  return unavailable(outcome.message, outcome.retryAfterMs)
}

/** UNAVAILABLE with RetryInfo is how OTLP/gRPC asks a sender to slow down. */
function unavailable(message: string, retryAfterMs: number): Partial<StatusObject> {
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', statusMessage(code.unavailable, message, retryAfterMs))
  return { code: status.UNAVAILABLE, details: message, metadata }
}

/** Listens and resolves with the port; rejects with the listener's own error. */
export function bindGrpc(server: Server, address: string): Promise<number> {
  // The library would print the error beside rejecting with it.
  setLogVerbosity(logVerbosity.NONE)
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      setLogVerbosity(logVerbosity.ERROR)
      if (error) reject(error)
      else resolve(port)
    })
  })
}

/** Lets calls in flight end, then closes; after `graceMs` it ends them. */
export async function closeGrpc(server: Server, graceMs: number): Promise<void> {
  const force = setTimeout(() => server.forceShutdown(), graceMs)
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
  clearTimeout(force)
}
