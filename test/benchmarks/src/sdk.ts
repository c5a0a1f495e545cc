import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

/** Takes spans and forgets them: what exporting costs is the same whoever makes the spans. */
const forgetful: SpanExporter = {
  export: (_spans, done) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: () => Promise.resolve(),
}

/** Registers an SDK that records everything, as a service has it. The answer exports what is left. */
export function registerRecordingSdk(): () => Promise<void> {
  const processor = new BatchSpanProcessor({ exporter: forgetful, maxQueueSize: 1_000_000 })
  const provider = new TracerProvider({ spanProcessors: [processor] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  return () => provider.forceFlush()
}

const forgetfulOfMetrics: PushMetricExporter = {
  export: (_metrics, done) => done({ code: ExportResultCode.SUCCESS }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

/** Registers a provider of meters that collects once a minute, which is the default. */
export function registerMetricsSdk(): void {
  const reader = new PeriodicExportingMetricReader({ exporter: forgetfulOfMetrics })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
}
