import type { Counter, Histogram, MeterProvider } from '@opentelemetry/api'
import * as names from '../semconv.ts'

/** Messaging metrics, "Common": the advised boundaries, in seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Queues hold messages for days. */
const DELAY_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43_200, 86_400, 604_800]
const COUNT_BUCKETS = [1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100]

/** The conventions' four, and what no convention names. */
export interface Instruments {
  readonly operation: Histogram
  readonly process: Histogram
  readonly sent: Counter
  readonly consumed: Counter
  readonly dwell: Histogram
  readonly age: Histogram
  readonly attempt: Histogram
  readonly hops: Histogram
  readonly flowAge: Histogram
}

export function createInstruments(provider: MeterProvider, scope: string, version: string): Instruments {
  const meter = provider.getMeter(scope, version, { schemaUrl: names.SCHEMA_URL })
  const histogram = (
    name: string,
    unit: string,
    description: string,
    explicitBucketBoundaries: number[],
  ): Histogram => meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } })
  const counter = (name: string, description: string): Counter =>
    meter.createCounter(name, { unit: '{message}', description })
  return {
    operation: histogram(
      names.METRIC_CLIENT_OPERATION_DURATION,
      's',
      'Duration of operations of the messaging client.',
      DURATION_BUCKETS,
    ),
    process: histogram(names.METRIC_PROCESS_DURATION, 's', 'Duration of processing.', DURATION_BUCKETS),
    sent: counter(names.METRIC_CLIENT_SENT_MESSAGES, 'Messages that the client tried to send.'),
    consumed: counter(names.METRIC_CLIENT_CONSUMED_MESSAGES, 'Messages delivered to the application.'),
    dwell: histogram(
      'flowstitch.message.dwell',
      's',
      'Time in the broker before this attempt.',
      DELAY_BUCKETS,
    ),
    age: histogram('flowstitch.message.age', 's', 'Time since the message was first sent.', DELAY_BUCKETS),
    attempt: histogram(
      'flowstitch.message.attempt',
      '{attempt}',
      'Which delivery it is, from 1.',
      COUNT_BUCKETS,
    ),
    hops: histogram(
      'flowstitch.flow.hops',
      '{message}',
      'Messages between the origin and here.',
      COUNT_BUCKETS,
    ),
    flowAge: histogram('flowstitch.flow.age', 's', 'Time since the flow began.', DELAY_BUCKETS),
  }
}
