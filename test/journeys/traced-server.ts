import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { createClient, startServer, type Client } from 'flowstitch'
import { onTestFinished } from 'vitest'

/** A server, and what this process traces on its way there, until the test is done. */
export interface TracedServer {
  readonly client: Client
  readonly recorder: SpanRecorder
  /** Resolves when the server has all spans that have ended. */
  flush(): Promise<void>
}

export async function tracedServer(): Promise<TracedServer> {
  const server = await startServer({ memory: true, otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 })
  onTestFinished(() => server.close())
  const exporter = new OTLPTraceExporter({ url: `${server.otlpHttp}/v1/traces` })
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 100_000 })
  const recorder = recordSpans({ processors: [processor] })
  onTestFinished(() => recorder.shutdown())
  return { client: createClient(server.viewer), recorder, flush: () => processor.forceFlush() }
}
