import { guard } from '@flowstitch/core'
import type { GivenContext } from './context.ts'
import { sourceName } from './events.ts'
import { createKernel, Invoker, type Event } from './invocation.ts'
import type { LambdaOptions } from './options.ts'
import type { EventSource } from './source.ts'
import { dynamodb } from './sources/dynamodb.ts'
import { eventBridge } from './sources/event-bridge.ts'
import { kafka } from './sources/kafka.ts'
import { kinesis } from './sources/kinesis.ts'
import { rabbitmq } from './sources/rabbitmq.ts'
import { sns } from './sources/sns.ts'
import { sqs } from './sources/sqs.ts'

type Handler = (this: unknown, event: unknown, context: GivenContext, ...rest: unknown[]) => unknown

const SOURCES = [sqs, sns, kafka, rabbitmq, eventBridge, kinesis, dynamodb] as EventSource<unknown>[]

/** What calls a function otherwise: a request, a rule, somebody. */
const UNKNOWN = {
  trigger: 'other',
  carrier: () => ({ get: () => undefined, names: () => [] }),
  facts: () => ({}),
} as const

/** Makes a traced handler out of one of whole events: the invocation links to what has caused it. */
export function wrapEvent(handler: Handler, options: LambdaOptions): Handler {
  if (handler.length > 2)
    throw new TypeError('handlers with a callback, or a response stream, cannot be wrapped')
  const invoker = new Invoker(options)
  const known = SOURCES.map((source) => ({ source, kernel: createKernel(source.system, options) }))
  const unknown: Event<unknown> = { source: UNKNOWN, kernel: createKernel('aws.lambda', options), whole: [] }
  const eventOf = (given: unknown): Event<unknown> => {
    const name = sourceName(given)
    const found = known.find(({ source: { names } }) => names.includes(name as string))
    if (!found) return unknown
    const deliveries = found.source.deliveries(given) ?? []
    return { ...found, whole: deliveries.filter(({ destination }) => found.kernel.traces(destination?.name)) }
  }
  return function (given, context, ...rest) {
    const call = (): unknown => handler.call(this, given, context, ...rest)
    if (!unknown.kernel.traces()) return call()
    return invoker.run(
      guard('reading an event', () => eventOf(given), unknown),
      context,
      call,
    )
  }
}
