import {
  diag,
  metrics,
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
} from '@opentelemetry/api'
import { meters } from './active.ts'
import { isLowCardinality, type Delays, type Operation, type OperationType } from './attributes.ts'
import type { FlowContext } from './flow-context.ts'
import * as names from './semconv.ts'

/** Messaging metrics, "Common": the advised boundaries, in seconds. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
/** Queues hold messages for days. */
const DELAY_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43_200, 86_400, 604_800]
const COUNT_BUCKETS = [1, 2, 3, 4, 5, 7, 10, 15, 25, 50, 100]
/** Beyond so many destinations the rest share one name: a metric backend pays for each. */
const MAX_DESTINATIONS = 1000
const OTHER = '_OTHER'

interface Instruments {
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

/** What happened to how many messages, whether or not a span was sampled. */
export class MessagingMetrics {
  readonly #scope: string
  readonly #version: string
  readonly #system: string
  readonly #rename: (attributes: Attributes) => Attributes
  readonly #destinations = new Set<string>()
  #provider: MeterProvider | undefined
  #instruments: Instruments | undefined

  constructor(
    scope: string,
    version: string,
    system: string,
    rename: (attributes: Attributes) => Attributes,
  ) {
    this.#scope = scope
    this.#version = version
    this.#system = system
    this.#rename = rename
  }

  /** `messaging.client.operation.duration`, of everything but processing. */
  operation(operation: Operation, type: OperationType, startMs: number, errorType?: string): void {
    const instruments = this.#current()
    if (!instruments) return
    const attributes = this.#attributes(operation, errorType)
    attributes[names.MESSAGING_OPERATION_TYPE] = type
    instruments.operation.record(secondsSince(startMs), this.#rename(attributes))
  }

  process(operation: Operation, startMs: number, errorType?: string): void {
    this.#current().process.record(
      secondsSince(startMs),
      this.#rename(this.#attributes(operation, errorType)),
    )
  }

  sent(operation: Operation, count: number, errorType?: string): void {
    this.#current().sent.add(count, this.#rename(this.#attributes(operation, errorType)))
  }

  /** Once a delivery: by the receive operation where there is one, else by the processing. */
  consumed(operation: Operation, count: number): void {
    this.#current().consumed.add(count, this.#rename(this.#attributes(operation)))
  }

  /** What no convention names: how long, how often and how far the message has travelled. */
  delivery(
    operation: Operation,
    delays: Delays,
    attempt: number | undefined,
    flow: FlowContext | undefined,
  ): void {
    const instruments = this.#current()
    const attributes = this.#rename(this.#attributes(operation))
    if (delays.dwellMs !== undefined) instruments.dwell.record(delays.dwellMs / 1000, attributes)
    if (delays.ageMs !== undefined) instruments.age.record(delays.ageMs / 1000, attributes)
    if (attempt !== undefined) instruments.attempt.record(attempt, attributes)
    if (!flow) return
    instruments.hops.record(flow.hop, attributes)
    instruments.flowAge.record(Math.max(0, secondsSince(flow.startMs)), attributes)
  }

  #attributes(operation: Operation, errorType?: string): Attributes {
    const { destination, endpoint } = operation
    const attributes: Attributes = {
      [names.MESSAGING_SYSTEM_NAME]: this.#system,
      [names.MESSAGING_OPERATION_NAME]: operation.name,
    }
    if (destination?.template !== undefined) {
      attributes[names.MESSAGING_DESTINATION_TEMPLATE] = destination.template
    } else if (destination && isLowCardinality(destination)) {
      attributes[names.MESSAGING_DESTINATION_NAME] = this.#bounded(destination.name)
    }
    if (endpoint?.consumerGroup !== undefined) {
      attributes[names.MESSAGING_CONSUMER_GROUP_NAME] = endpoint.consumerGroup
    }
    if (endpoint?.serverAddress !== undefined) {
      attributes[names.SERVER_ADDRESS] = endpoint.serverAddress
      if (endpoint.serverPort !== undefined) attributes[names.SERVER_PORT] = endpoint.serverPort
    }
    if (errorType !== undefined) attributes[names.ERROR_TYPE] = errorType
    return attributes
  }

  #bounded(name: string): string {
    if (this.#destinations.has(name)) return name
    if (this.#destinations.size < MAX_DESTINATIONS) {
      this.#destinations.add(name)
      if (this.#destinations.size === MAX_DESTINATIONS) {
        diag.warn(`flowstitch: over ${MAX_DESTINATIONS} destinations; metrics call further ones ${OTHER}`)
      }
      return name
    }
    return OTHER
  }

  /** The global meter provider has no proxy: one that is registered later has to be looked up. */
  #current(): Instruments {
    const provider = metrics.getMeterProvider()
    if (this.#instruments && provider === this.#provider) return this.#instruments
    this.#provider = provider
    this.#instruments = createInstruments(provider, this.#scope, this.#version)
    return this.#instruments
  }
}

function secondsSince(startMs: number): number {
  return (Date.now() - startMs) / 1000
}

function createInstruments(provider: MeterProvider, scope: string, version: string): Instruments {
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
