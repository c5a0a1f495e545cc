import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics'
import { onTestFinished } from 'vitest'

/** Registers a meter provider for the rest of the test; what it answers collects what was counted so far. */
export function recordMetrics(): () => Promise<ReadonlyMap<string, MetricData>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  onTestFinished(() => provider.shutdown())
  return async () => {
    exporter.reset()
    await provider.forceFlush()
    const all = exporter.getMetrics().flatMap((resource) => resource.scopeMetrics)
    return new Map(all.flatMap((scope) => scope.metrics.map((metric) => [metric.descriptor.name, metric])))
  }
}
