import { guard } from '@flowstitch/core'
import type { GivenContext } from './context.ts'
import { sourceName } from './sources/events.ts'
import { Invoker, tracedSource } from './invocation.ts'
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
const OTHERS = {
  system: 'aws.lambda',
  trigger: 'other',
  carrier: () => ({ get: () => undefined, names: () => [] }),
  facts: () => ({}),
} as const

/** Makes a traced handler out of one of whole events: the invocation links to what has caused it. */
export function wrapEvent(handler: Handler, options: LambdaOptions): Handler {
  if (handler.length > 2) throw new TypeError('a handler with a callback or a stream cannot be wrapped')
  const invoker = new Invoker(options)
  const others = tracedSource(OTHERS, options)
  const sources = SOURCES.map((source) => ({ ...source, ...tracedSource(source, options) }))
  return function (event, context, ...rest) {
    const call = (): unknown => handler.call(this, event, context, ...rest)
    if (!others.kernel.traces()) return call()
    const name = guard('reading an event', () => sourceName(event), undefined)
    const found = sources.find(({ names }) => names.includes(name))
    const deliveries = found && guard('reading an event', () => found.deliveries(event), undefined)
    const linked = deliveries?.filter(({ destination }) => found?.kernel.traces(destination?.name))
    return invoker.run(found ?? others, linked ?? [], context, call)
  }
}
