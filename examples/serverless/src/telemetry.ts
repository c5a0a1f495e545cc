// Preloaded (node --import): the ordinary OpenTelemetry SDK. On AWS the layer for Lambda does this. Service name and
// OTLP endpoint come from its usual variables.
import { NodeSDK } from '@opentelemetry/sdk-node'

export const sdk = new NodeSDK({ instrumentations: [], metricReaders: [], logRecordProcessors: [] })
sdk.start()
