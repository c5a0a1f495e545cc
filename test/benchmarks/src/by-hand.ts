import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Link,
  type Span,
  type TextMapGetter,
} from '@opentelemetry/api'
import { broker } from './scenario.ts'

type Headers = Record<string, unknown>

const tracer = trace.getTracer('by hand')
const server = { 'server.address': broker.host, 'server.port': broker.port }

const getter: TextMapGetter<Headers> = {
  get(headers, name) {
    const value = headers[name]
    return Buffer.isBuffer(value) ? value.toString() : (value as string | undefined)
  },
  keys: Object.keys,
}

/** The minimum for a producer that writes it by hand: a span of eight attributes, and its context in the headers. */
export function startSend(system: string, destination: string, own: Attributes, headers: Headers): Span {
  const attributes = {
    'messaging.system.name': system,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': destination,
    ...server,
    ...own,
  }
  const span = tracer.startSpan(`send ${destination}`, { kind: SpanKind.PRODUCER, attributes })
  propagation.inject(trace.setSpan(context.active(), span), headers)
  return span
}

/** The minimum for a consumer: the context out of the headers, and the handler in a span of eight attributes. */
export function startProcess<R>(
  system: string,
  destination: string,
  own: Attributes,
  headers: Headers,
  handler: (span: Span) => R,
): R {
  const parent = propagation.extract(ROOT_CONTEXT, headers, getter)
  const attributes = {
    'messaging.system.name': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': destination,
    ...server,
    ...own,
  }
  const span = tracer.startSpan(`process ${destination}`, { kind: SpanKind.CONSUMER, attributes }, parent)
  return context.with(trace.setSpan(parent, span), () => handler(span))
}

/** The minimum for a batch: one span with a link to each message. */
export function startBatch(system: string, destination: string, messages: readonly Headers[]): Span {
  const links: Link[] = []
  for (const headers of messages) {
    const creation = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, headers, getter))
    if (creation) links.push({ context: creation })
  }
  const attributes = {
    'messaging.system.name': system,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': destination,
    'messaging.batch.message_count': messages.length,
    ...server,
  }
  return tracer.startSpan(
    `process ${destination}`,
    { kind: SpanKind.CONSUMER, attributes, links },
    ROOT_CONTEXT,
  )
}
