import {
  flush,
  guard,
  invoke,
  Kernel,
  type Destination,
  type Invocation,
  type ReadCarrier,
} from '@flowstitch/core'
import { coldStarts, invocationFacts, traceHeader, type GivenContext } from './context.ts'
import type { FlushOptions, LambdaOptions } from './options.ts'
import type { Delivery, EventSource } from './source.ts'

/** A source of events, and what traces its records. */
export interface TracedSource<R> {
  readonly source: Pick<EventSource<R>, 'trigger' | 'facts'>
  readonly kernel: Kernel<never, R>
  readonly carrier: ReadCarrier<R>
}

export function tracedSource<R>(
  source: Pick<EventSource<R>, 'system' | 'trigger' | 'carrier' | 'facts'>,
  options: LambdaOptions<R>,
): TracedSource<R> {
  const kernel = new Kernel<never, R>({ system: source.system, scope: '@flowstitch/lambda', options })
  return { source, kernel, carrier: source.carrier(options.contextKey) }
}

/** Runs the invocations of one function, each in a span, and has all telemetry exported before they answer. */
export class Invoker<R> {
  readonly #options: LambdaOptions<R>
  readonly #isCold = coldStarts()

  constructor(options: LambdaOptions<R>) {
    this.#options = options
  }

  /** `linked` are the records that get no spans of their own: the invocation links to them. */
  async run<T>(
    { source, kernel, carrier }: TracedSource<R>,
    linked: readonly Delivery<R>[],
    context: GivenContext,
    work: (invocation: Invocation) => T,
  ): Promise<Awaited<T>> {
    const coldStart = this.#isCold()
    const deliveries = new Map(linked.map((delivery) => [delivery.record, delivery]))
    const operation = {
      name: 'process',
      destination: commonDestination(linked),
      invocation: () => invocationFacts(context, source.trigger, coldStart),
      traceHeader: traceHeader(context, this.#options.xray),
      carrier,
      messages: linked.map(({ record }) => record),
      facts: (record: R) => {
        const delivery = deliveries.get(record) as Delivery<R>
        return { destination: delivery.destination, ...source.facts(delivery, this.#options) }
      },
    }
    try {
      return await invoke(kernel, operation, work)
    } finally {
      await flushInTime(this.#options.flush, context)
    }
  }
}

function commonDestination([first, ...rest]: readonly Delivery<unknown>[]): Destination | undefined {
  const name = first?.destination?.name
  return rest.every(({ destination }) => destination?.name === name) ? first?.destination : undefined
}

/** Kept of the function's own time, for the answer. */
const RESERVE_MS = 50

function flushInTime(options: FlushOptions = {}, context: GivenContext): Promise<void> | undefined {
  const { mode = defaultMode(), timeoutMs = 500 } = options
  if (mode === 'none') return undefined
  const left = guard('asking for the time left', () => context?.getRemainingTimeInMillis?.(), undefined)
  return flush(Math.min(timeoutMs, (left ?? Infinity) - RESERVE_MS))
}

function defaultMode(): FlushOptions['mode'] {
  const neverFrozen = process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'lambda-managed-instances'
  return neverFrozen ? 'none' : 'await'
}
