import { send, wrapMethod, type SendOperation } from '@flowstitch/core'
import {
  Confirming,
  producerDestination,
  Returns,
  sentFacts,
  type StopWatching,
} from '@flowstitch/dialects/rabbitmq'
import type { Message } from 'amqplib'
import { publishedIn, type Publication } from './carrier.ts'
import type { AmqpChannel, AmqpTracing, Confirm } from './channel.ts'
import { isChannelClosed } from './errors.ts'
import { inKeptContext } from './manager.ts'

/** What the publications of a channel have in common. */
interface Publishing extends Pick<SendOperation<Publication>, 'carrier' | 'facts'> {
  readonly traced: AmqpTracing
  /** Of confirm channels. */
  readonly returns: Returns | undefined
  /** Hands a publication to amqplib. */
  readonly publish: (publication: Publication, confirm: Confirm | undefined) => boolean
}

/** Wraps `publish` alone: `sendToQueue` calls it. Closures stand apart: a call that is not traced makes none. */
export function wrapPublish(channel: AmqpChannel, traced: AmqpTracing): void {
  const { kernel } = traced
  wrapMethod(channel, 'publish', (original) => {
    const carrier = publishedIn(channel.connection?.frameMax)
    const confirms = typeof channel.waitForConfirms === 'function'
    const publishing: Publishing = {
      traced,
      carrier,
      facts: ({ routingKey, options, content }) =>
        sentFacts(routingKey, options, kernel.options.captureBodySize ? content.length : undefined),
      returns: confirms
        ? new Returns((heard) =>
            channel.on('return', ({ fields, properties }: Message) => heard(fields, properties)),
          )
        : undefined,
      publish: ({ exchange, routingKey, content, options }, confirm) =>
        original.call(channel, exchange, routingKey, content, options, confirm),
    }
    return (exchange, routingKey, content, options, confirm) =>
      kernel.traces() && isPublishable(exchange, routingKey, content)
        ? publishTraced(publishing, { exchange, routingKey, content, options }, confirm)
        : original.call(channel, exchange, routingKey, content, options, confirm)
  })
}

/** What amqplib would refuse goes to it as it is, so that the refusal is its own. */
function isPublishable(exchange: unknown, routingKey: unknown, content: unknown): boolean {
  return typeof exchange === 'string' && typeof routingKey === 'string' && Buffer.isBuffer(content)
}

function publishTraced(
  publishing: Publishing,
  publication: Publication,
  confirm: Confirm | undefined,
): boolean {
  const { traced, returns, publish, carrier, facts } = publishing
  const { kernel, endpoint } = traced
  const { exchange, routingKey, options } = publication
  const destination = producerDestination(exchange, routingKey, kernel.temporary)
  if (!kernel.traces(destination.name)) return publish(publication, confirm)
  const messages = [publication]
  const operation = { name: 'publish', destination, endpoint, batch: false, messages, carrier, facts }
  return inKeptContext(options, () =>
    returns
      ? publishConfirmed(publishing, operation, options?.mandatory ? watching(returns) : undefined, confirm)
      : send(kernel, operation, ([sent = publication]) => publish(sent, confirm)),
  )
}

function watching(returns: Returns): (sent: Publication) => StopWatching {
  return (sent) => returns.watch(sent, sent.options)
}

/** On a confirm channel the sending lasts until the broker has confirmed, whether or not anybody listens. */
function publishConfirmed(
  { traced, publish }: Publishing,
  operation: SendOperation<Publication>,
  watch: ReturnType<typeof watching> | undefined,
  confirm: Confirm | undefined,
): boolean {
  const confirming = new Confirming(traced.kernel, operation, watch)
  try {
    return confirming.run(() =>
      publish(confirming.message, function (...answer) {
        end(confirming, answer[0], traced)
        return confirm?.apply(this, answer)
      }),
    )
  } catch (error) {
    end(confirming, error, traced)
    throw error
  }
}

/** That the channel was closed says no more than that; the channel may have been told why. */
function end(confirming: Confirming<Publication>, error: unknown, traced: AmqpTracing): void {
  if (error) confirming.fail(isChannelClosed(error) ? traced.closeReason : error)
  else confirming.succeed()
}
