import { guard, process, type Invocation } from '@flowstitch/core'
import type { GivenContext } from './context.ts'
import { reportFailures, tellFailures, type Verdict } from './failures.ts'
import { Invoker, tracedSource } from './invocation.ts'
import { goThrough, lanesOf, type Gone } from './lanes.ts'
import type { BatchOptions, PartialFailures } from './options.ts'
import type { Delivery, EventSource } from './source.ts'

type Handler<R> = (this: unknown, record: R, ...rest: unknown[]) => unknown
type EventHandler = (
  this: unknown,
  event: unknown,
  context: GivenContext,
  ...rest: unknown[]
) => Promise<unknown>

/** Makes a handler of events out of one of records: each is handled in a span and a context of its own. */
export function wrapRecords<R>(
  source: EventSource<R>,
  handler: Handler<R>,
  options: BatchOptions<R>,
): EventHandler {
  const traced = tracedSource(source, options)
  const { kernel, carrier } = traced
  const invoker = new Invoker(options)
  return async function (given, context, ...rest: unknown[]) {
    const deliveries = guard('reading an event', () => source.deliveries(given), undefined)
    if (!deliveries) throw new TypeError(`the event has no records of ${source.system}`)
    const isAlone = deliveries.length === 1
    return invoker.run(traced, [], context, (invocation) => {
      const around = isAlone ? { invocation: invocation.context } : { batch: invocation.context }
      const handle = (delivery: Delivery<R>): unknown => {
        const { record, destination } = delivery
        const call = (): unknown => handler.call(this, record, context, ...rest)
        if (!kernel.traces(destination?.name)) return call()
        const facts = () => source.facts(delivery, options)
        const described = { name: 'process', destination, message: record, carrier, facts }
        return process(kernel, { ...described, ...around, pulled: false, delivers: true }, call)
      }
      return handleAll(source, deliveries, handle, options, invocation)
    })
  }
}

async function handleAll<R>(
  source: EventSource<R>,
  deliveries: readonly Delivery<R>[],
  handle: (delivery: Delivery<R>) => unknown,
  options: BatchOptions<R>,
  invocation: Invocation,
): Promise<unknown> {
  const partial = partialFailures(options)
  const lanes = lanesOf(deliveries, ({ record }) =>
    guard('ordering records', () => source.batch?.lane(record, partial ?? {}), undefined),
  )
  const going = { concurrency: options.concurrency ?? 1, goesOn: partial !== undefined }
  const gone = await goThrough(lanes, handle, going)
  invocation.counted(deliveries.length, deliveries.length - gone.answers.length)
  const { thrown, answer } = verdictOn(gone, source, partial)
  tellFailures(
    gone.failures.filter((failure) => failure !== thrown),
    options,
  )
  if (thrown) throw thrown.error
  return answer
}

function partialFailures({
  partialFailures: wanted = false,
}: Pick<BatchOptions, 'partialFailures'>): PartialFailures | undefined {
  if (typeof wanted === 'object') return wanted
  return wanted ? {} : undefined
}

function verdictOn<R>(
  gone: Gone<Delivery<R>>,
  { batch, single }: EventSource<R>,
  partial: PartialFailures | undefined,
): Verdict<R> {
  if (batch && partial) return reportFailures(gone, batch, partial)
  return { thrown: gone.failures[0], answer: single ? gone.answers[0] : undefined }
}
