import {
  createNoopMeter,
  metrics,
  type Attributes,
  type Meter,
  type MeterProvider,
  type MetricOptions,
} from '@opentelemetry/api'

/** One value that was told to an instrument. */
export interface Measurement {
  readonly metric: string
  readonly value: number
  readonly attributes: Readonly<Attributes>
}

/** What was made of an instrument. */
export interface RecordedInstrument extends MetricOptions {
  readonly kind: 'counter' | 'histogram'
  /** Of the meter that it belongs to. */
  readonly scope: string
  readonly schemaUrl: string | undefined
}

/** Registers a meter provider that keeps every measurement, before any aggregation. */
export interface MetricRecorder {
  /** In the order in which they came. */
  readonly measurements: readonly Measurement[]
  /** By name. */
  readonly instruments: ReadonlyMap<string, RecordedInstrument>
  /** The measurements of one metric. */
  of(metric: string): readonly Measurement[]
}

/** Starts recording, until the span recorder that was started before is shut down. */
export function recordMetrics(): MetricRecorder {
  const measurements: Measurement[] = []
  const instruments = new Map<string, RecordedInstrument>()
  const meterOf = (scope: string, schemaUrl: string | undefined): Meter => {
    const make = (kind: 'counter' | 'histogram', metric: string, options: MetricOptions = {}) => {
      instruments.set(metric, { ...options, kind, scope, schemaUrl })
      return (value: number, attributes: Attributes = {}): void =>
        void measurements.push({ metric, value, attributes })
    }
    return Object.assign(Object.create(createNoopMeter()) as Meter, {
      createCounter: (name: string, options?: MetricOptions) => ({ add: make('counter', name, options) }),
      createHistogram: (name: string, options?: MetricOptions) => ({
        record: make('histogram', name, options),
      }),
    })
  }
  const provider: MeterProvider = {
    getMeter: (scope, _version, options) => meterOf(scope, options?.schemaUrl),
  }
  metrics.disable()
  metrics.setGlobalMeterProvider(provider)
  return {
    measurements,
    instruments,
    of: (metric) => measurements.filter((measurement) => measurement.metric === metric),
  }
}
