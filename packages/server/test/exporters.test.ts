import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { servingForReal } from './helpers/real-engine.ts'

type Addresses = { otlpHttp: string; otlpGrpc: string }

const exporters: [name: string, create: (server: Addresses) => SpanExporter][] = [
  ['OTLP/HTTP protobuf', ({ otlpHttp }) => new ProtoExporter({ url: `${otlpHttp}/v1/traces` })],
  [
    'OTLP/HTTP protobuf, gzip',
    ({ otlpHttp }) => new ProtoExporter({ url: `${otlpHttp}/v1/traces`, compression: 'gzip' as never }),
  ],
  ['OTLP/HTTP JSON', ({ otlpHttp }) => new JsonExporter({ url: `${otlpHttp}/v1/traces` })],
  [
    'OTLP/HTTP JSON, gzip',
    ({ otlpHttp }) => new JsonExporter({ url: `${otlpHttp}/v1/traces`, compression: 'gzip' as never }),
  ],
  ['OTLP/gRPC', ({ otlpGrpc }) => new GrpcExporter({ url: otlpGrpc })],
  ['OTLP/gRPC, gzip', ({ otlpGrpc }) => new GrpcExporter({ url: otlpGrpc, compression: 'gzip' as never })],
]

test.each(exporters)('spans of the SDK arrive over %s', async (_, create) => {
  const server = await servingForReal()
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: create(server) })],
  })
  const tracer = provider.getTracer('test')
  const root = tracer.startSpan('POST /orders')
  const child = tracer.startSpan('INSERT orders', {}, trace.setSpan(ROOT_CONTEXT, root))
  child.setStatus({ code: SpanStatusCode.ERROR })
  child.end()
  root.end()
  await provider.forceFlush()

  // The exporter has its answer, so the spans are there: nothing to wait for.
  const flow = await createClient(server.viewer).flow(root.spanContext().traceId)
  const steps = flow?.steps.map(({ name, service, status }) => `${service}: ${name}, ${status}`)
  expect(steps?.sort()).toEqual(['shop: INSERT orders, error', 'shop: POST /orders, unset'])
  await provider.shutdown()
})
