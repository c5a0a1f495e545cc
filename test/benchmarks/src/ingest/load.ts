import { SpanKind, trace, type Attributes, type Link, type Span, type Tracer } from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { TracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { ROOT_CONTEXT } from '@opentelemetry/api'

const SPANS_A_REQUEST = 512
const SERVICES = ['shop', 'worker', 'payments', 'shipping'] as const

/**
 * Export requests as services send them: orders that go from an HTTP request through three queues, five spans a
 * service, eleven attributes a span, each service's spans in requests of its own. New ids at each call.
 */
export function makeRequests(spans: number): Uint8Array[] {
  const collected = SERVICES.map((): ReadableSpan[] => [])
  const tracers = SERVICES.map((service, index) => tracerOf(service, collected[index] as ReadableSpan[]))
  for (let order = 0; order * SERVICES.length * 5 < spans; order++) makeOrder(order, tracers)
  return collected.flatMap((ofService) =>
    Array.from({ length: Math.ceil(ofService.length / SPANS_A_REQUEST) }, (_, n) => {
      const part = ofService.slice(n * SPANS_A_REQUEST, (n + 1) * SPANS_A_REQUEST)
      const body = ProtobufTraceSerializer.serializeRequest(part)
      if (!body) throw new Error('the serializer gave nothing')
      return body
    }),
  )
}

function tracerOf(service: string, into: ReadableSpan[]): Tracer {
  const collector: SpanProcessor = {
    onStart: () => {},
    onEnd: (span) => void into.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const resource = resourceFromAttributes({ 'service.name': service, 'service.version': '1.0.0' })
  return new TracerProvider({ resource, spanProcessors: [collector] }).getTracer('load')
}

function makeOrder(order: number, tracers: readonly Tracer[]): void {
  let links: Link[] = []
  for (const [index, tracer] of tracers.entries()) {
    const queue = `queue-${index}`
    const first = index === 0
    const root = tracer.startSpan(
      first ? 'POST /orders' : `process ${queue}`,
      {
        kind: first ? SpanKind.SERVER : SpanKind.CONSUMER,
        links,
        attributes: attributesOf('process', queue, order),
      },
      ROOT_CONTEXT,
    )
    for (let n = 0; n < 3; n++)
      child(tracer, root, `step ${n}`, SpanKind.INTERNAL, attributesOf('step', queue, order))
    const next = `queue-${index + 1}`
    const sent = child(tracer, root, `send ${next}`, SpanKind.PRODUCER, attributesOf('send', next, order))
    links = [{ context: sent.spanContext() }]
    root.end()
  }
}

function child(tracer: Tracer, parent: Span, name: string, kind: SpanKind, attributes: Attributes): Span {
  const span = tracer.startSpan(name, { kind, attributes }, trace.setSpan(ROOT_CONTEXT, parent))
  span.end()
  return span
}

function attributesOf(operation: string, queue: string, order: number): Attributes {
  return {
    'messaging.system.name': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'messaging.destination.partition.id': String(order % 12),
    'messaging.client.id': `client-${order % 7}`,
    'server.address': '10.0.0.17',
    'server.port': 9092,
    'order.id': `order-${order}`,
    'customer.tier': order % 3 === 0 ? 'gold' : 'plain',
    ...(operation === 'step' ? { 'thread.id': order % 64 } : { 'messaging.kafka.offset': order }),
  }
}
