import { extended, observe, receive, wrapMethod, type Destination } from '@flowstitch/core'
import { templateOf } from '@flowstitch/dialects/nats'
import type { Consumer, ConsumerInfo, JetStreamClient, JsMsg, PushConsumer } from '@nats-io/jetstream'
import { receivedCarrier } from './carrier.ts'
import { handle, markReceived, PUSHED } from './consumer.ts'
import { internally } from './internal.ts'
import { receivedFacts } from './message.ts'
import type { Tracing } from './tracing.ts'

type Source = (...args: unknown[]) => unknown
type AnyConsumer = Consumer | PushConsumer

/** Wraps the consumers that a JetStream client hands out. */
export function wrapConsumers(js: JetStreamClient, tracing: Tracing): void {
  const wrap = (consumer: AnyConsumer): void => {
    wrapConsume(consumer, tracing)
    if ('next' in consumer) wrapNext(consumer, tracing)
  }
  for (const name of ['get', 'getPushConsumer', 'getBoundPushConsumer', 'getConsumerFromInfo']) {
    wrapAnswers(js.consumers, name, wrap)
  }
  wrapAnswers(js.streams, 'get', (stream: object) => {
    for (const name of ['getConsumer', 'getPushConsumer']) wrapAnswers(stream, name, wrap)
  })
}

/** Wraps what a method answers, or what the promise that it answers resolves to. */
function wrapAnswers(object: object, name: string, wrap: (answer: never) => void): void {
  const make =
    (original: Source): Source =>
    (...args) =>
      observe(() => original.apply(object, args), wrap as (answer: unknown) => void)
  wrapMethod(object as Record<string, Source>, name, make)
}

function wrapConsume(consumer: AnyConsumer, tracing: Tracing): void {
  wrapMethod(consumer as PushConsumer, 'consume', (original) => (options) => {
    const callback = options?.callback
    if (typeof callback !== 'function') return internally(() => original.call(consumer, options))
    const traced = function (this: unknown, message: JsMsg): ReturnType<typeof callback> {
      return handle(tracing, message, PUSHED, () => callback.call(this, message))
    }
    return internally(() => original.call(consumer, extended(options, { callback: traced })))
  })
}

function wrapNext(consumer: Consumer, tracing: Tracing): void {
  const { kernel } = tracing
  wrapMethod(consumer, 'next', (original) => (options) => {
    const destination = filterOf(consumer)
    if (!kernel.traces(destination?.name)) return original.call(consumer, options)
    const operation = {
      name: 'next',
      destination,
      endpoint: { ...tracing.endpoint(), consumerGroup: infoOf(consumer)?.name },
      carrier: receivedCarrier,
      single: true,
      messages: (message: JsMsg | null) => (message ? [markReceived(message)] : []),
      facts: (message: JsMsg) => ({
        ...receivedFacts(message, kernel.options),
        destination: destination ? undefined : tracing.destination(message.subject),
      }),
    }
    return receive(kernel, operation, () => original.call(consumer, options))
  })
}

/** What the server has said of a consumer; the types show it only behind a promise. */
function infoOf(consumer: Consumer): ConsumerInfo | undefined {
  // oxlint-disable-next-line no-underscore-dangle -- the client's own name
  return (consumer as { _info?: ConsumerInfo })._info
}

/** The subject that a consumer is for; undefined where it takes several, or all of its stream. */
function filterOf(consumer: Consumer): Destination | undefined {
  const subject = infoOf(consumer)?.config.filter_subject
  return subject ? { name: subject, template: templateOf(subject) } : undefined
}
