import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Context, Span, SpanContext } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** An export request as the SDK serialises it. */
export interface ExportRequests {
  protobuf: Buffer
  json: Buffer
  traceId: string
  spanCount: number
}

/** `count` spans of one trace. */
export function exportRequest(count = 1, service = 'shop'): ExportRequests {
  const spans: ReadableSpan[] = []
  const tracer = recordingTracer(service, spans)
  const root = tracer.startSpan('GET /orders')
  for (let n = 1; n < count; n++) tracer.startSpan(`step ${n}`, {}, under(root)).end()
  root.end()
  return serialised(spans)
}

/**
 * An order of two services: a request sends to Kafka, where the first delivery fails and the second succeeds.
 * The consumer links to the message, in traces of its own.
 */
export function orderRequest(): ExportRequests {
  const spans: ReadableSpan[] = []
  const start = Date.now() - 60_000
  const request = recordingTracer('shop', spans).startSpan('POST /orders', {
    kind: SpanKind.SERVER,
    startTime: start,
  })
  const send = recordingTracer('shop', spans).startSpan(
    'send orders',
    { kind: SpanKind.PRODUCER, startTime: start + 1, attributes: messaging('send') },
    under(request),
  )
  send.end(start + 9)
  request.end(start + 12)
  const worker = recordingTracer('worker', spans)
  const link = [{ context: send.spanContext() }]
  const attributes = { ...messaging('process'), 'messaging.consumer.group.name': 'worker' }
  const failed = worker.startSpan('process orders', {
    kind: SpanKind.CONSUMER,
    root: true,
    startTime: start + 20,
    links: link,
    attributes: { ...attributes, 'error.type': 'CardDeclined' },
  })
  failed.setStatus({ code: SpanStatusCode.ERROR })
  failed.end(start + 30)
  worker
    .startSpan('process orders', {
      kind: SpanKind.CONSUMER,
      root: true,
      startTime: start + 1030,
      links: link,
      attributes,
    })
    .end(start + 1050)
  return serialised(spans, request.spanContext())
}

function messaging(operation: 'send' | 'process'): Record<string, string | number> {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': 'orders',
    'messaging.destination.partition.id': '3',
    'messaging.kafka.offset': 1842,
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
  }
}

function recordingTracer(service: string, spans: ReadableSpan[]): ReturnType<TracerProvider['getTracer']> {
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => spans.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  })
  return provider.getTracer('test')
}

function under(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span)
}

function serialised(
  spans: ReadableSpan[],
  { traceId }: Pick<SpanContext, 'traceId'> = spans[0]!.spanContext(),
): ExportRequests {
  return {
    protobuf: Buffer.from(ProtobufTraceSerializer.serializeRequest(spans)!),
    json: Buffer.from(JsonTraceSerializer.serializeRequest(spans)!),
    traceId,
    spanCount: spans.length,
  }
}
