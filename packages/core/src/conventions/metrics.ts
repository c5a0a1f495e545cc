import type { Attributes, MeterProvider } from '@opentelemetry/api'
import { meterProvider } from '../runtime/active.ts'
import { isLowCardinality } from './attributes.ts'
import type { Delays } from './delays.ts'
import { destinationNames, type DestinationNames } from './destination-names.ts'
import type { FlowContext } from '../propagation/flow-context.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import type { WhichMetrics } from '../model/options.ts'
import * as names from '../semconv.ts'
import type { MetricAttributes, Shape } from './shape.ts'

/** What happened to how many messages, whether or not a span was sampled. */
export class MessagingMetrics {
  readonly #scope: string
  readonly #version: string
  readonly #system: string
  readonly #which: WhichMetrics
  readonly #rename: (attributes: Attributes) => Attributes
  #provider: MeterProvider | undefined
  #destinations: DestinationNames | undefined
  #instruments: Instruments | undefined

  constructor(
    scope: string,
    version: string,
    system: string,
    which: WhichMetrics,
    rename: (attributes: Attributes) => Attributes,
  ) {
    this.#scope = scope
    this.#version = version
    this.#system = system
    this.#which = which
    this.#rename = rename
  }

  /** Whether `delivery` is of any use: else what it is to tell need not be found out. */
  get ofDeliveries(): boolean {
    return this.#which === 'all' && this.#current() !== undefined
  }

  /** `messaging.client.operation.duration`, of everything but processing. */
  operation(shape: Shape, startMs: number, errorType?: string): void {
    this.#current()?.operation.record(secondsSince(startMs), this.#of(shape, 'timed', errorType))
  }

  process(shape: Shape, startMs: number, errorType?: string): void {
    this.#current()?.process.record(secondsSince(startMs), this.#of(shape, 'counted', errorType))
  }

  sent(shape: Shape, count: number, errorType?: string): void {
    this.#current()?.sent.add(count, this.#of(shape, 'counted', errorType))
  }

  /** Once a delivery: by the receive operation where there is one, else by the processing. */
  consumed(shape: Shape, count: number): void {
    this.#current()?.consumed.add(count, this.#of(shape, 'counted'))
  }

  /** What no convention names: how long, how often and how far the message has travelled. */
  delivery(shape: Shape, delays: Delays, attempt: number | undefined, flow: FlowContext | undefined): void {
    const instruments = this.#current()
    if (!instruments || this.#which !== 'all') return
    const attributes = this.#of(shape, 'delivered')
    if (delays.dwellMs !== undefined) instruments.dwell.record(delays.dwellMs / 1000, attributes)
    if (delays.ageMs !== undefined) instruments.age.record(delays.ageMs / 1000, attributes)
    if (attempt !== undefined) instruments.attempt.record(attempt, attributes)
    if (!flow) return
    instruments.hops.record(flow.hop, attributes)
    instruments.flowAge.record(Math.max(0, secondsSince(flow.startMs)), attributes)
  }

  #of(shape: Shape, kind: keyof MetricAttributes, errorType?: string): Attributes {
    shape.metricAttributes ??= this.#attributes(shape)
    const attributes = shape.metricAttributes[kind]
    return errorType === undefined ? attributes : { ...attributes, [names.ERROR_TYPE]: errorType }
  }

  #attributes({ name, destination, endpoint, type }: Shape): MetricAttributes {
    const delivered: Attributes = {
      [names.MESSAGING_SYSTEM_NAME]: this.#system,
      [names.MESSAGING_OPERATION_NAME]: name,
    }
    if (destination?.template !== undefined) {
      delivered[names.MESSAGING_DESTINATION_TEMPLATE] = this.#destinations?.bounded(destination.template)
    } else if (destination && isLowCardinality(destination)) {
      delivered[names.MESSAGING_DESTINATION_NAME] = this.#destinations?.bounded(destination.name)
    }
    if (endpoint?.consumerGroup !== undefined) {
      delivered[names.MESSAGING_CONSUMER_GROUP_NAME] = endpoint.consumerGroup
    }
    const counted = { ...delivered }
    if (endpoint?.serverAddress !== undefined) {
      counted[names.SERVER_ADDRESS] = endpoint.serverAddress
      if (endpoint.serverPort !== undefined) counted[names.SERVER_PORT] = endpoint.serverPort
    }
    return {
      counted: this.#finished(counted),
      timed: this.#finished({ ...counted, [names.MESSAGING_OPERATION_TYPE]: type }),
      delivered: this.#finished(delivered),
    }
  }

  /** In the order of their names: the metrics SDK sorts them, at each measurement. */
  #finished(attributes: Attributes): Attributes {
    return Object.fromEntries(
      Object.entries(this.#rename(attributes)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  /** The global meter provider has no proxy: one that is registered later has to be looked up. */
  #current(): Instruments | undefined {
    const provider = this.#which === 'none' ? undefined : meterProvider()
    if (provider !== this.#provider) {
      this.#provider = provider
      this.#destinations = provider && destinationNames(provider, this.#scope)
      this.#instruments = provider && createInstruments(provider, this.#scope, this.#version)
    }
    return this.#instruments
  }
}

function secondsSince(startMs: number): number {
  return (Date.now() - startMs) / 1000
}
