// Preloaded into every service (node --import): the ordinary OpenTelemetry SDK. Service name and OTLP endpoint
// come from its usual variables, OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_ENDPOINT.
import { register } from 'node:module'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'

// Lets instrumentations reach what ES modules import.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, {
  data: { include: ['node:http', 'http'] },
})

const sdk = new NodeSDK({
  // The SQS client polls over HTTP; a poll that finds nothing is no work of anybody's.
  instrumentations: [new HttpInstrumentation({ requireParentforOutgoingSpans: true })],
  metricReaders: [],
  logRecordProcessors: [],
})
sdk.start()

process.once('SIGTERM', () => {
  void sdk.shutdown().finally(() => process.exit())
})
