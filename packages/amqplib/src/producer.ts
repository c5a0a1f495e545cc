import { guard, send, startSend, wrapMethod, type SendOperation, type Sending } from '@flowstitch/core'
import { producerDestination } from '@flowstitch/dialects/rabbitmq'
import { publishedWithin, type Publication } from './carrier.ts'
import type { Confirm, TracedChannel } from './channel.ts'
import { Unroutable } from './errors.ts'
import { inKeptContext } from './manager.ts'
import { sentFacts } from './message.ts'
import { Returns } from './returns.ts'
import { headerRoom } from './room.ts'

/** Hands a publication to amqplib. */
type Publish = (publication: Publication, confirm: Confirm | undefined) => boolean

/** What the publications of a channel have in common. */
interface Publishing extends Pick<SendOperation<Publication>, 'carrier' | 'facts'> {
  readonly traced: TracedChannel
  /** Of confirm channels. */
  readonly returns: Returns | undefined
  readonly publish: Publish
}

/** Wraps `publish` alone: `sendToQueue` calls it. Closures stand apart: a call that is not traced makes none. */
export function wrapPublish(traced: TracedChannel): void {
  const { channel, kernel } = traced
  wrapMethod(channel, 'publish', (original) => {
    const publishing: Publishing = {
      traced,
      carrier: publishedWithin(headerRoom(channel.connection?.frameMax)),
      facts: (publication) => sentFacts(publication, kernel.options),
      returns: typeof channel.waitForConfirms === 'function' ? new Returns(channel) : undefined,
      publish: ({ exchange, routingKey, content, options }, confirm) =>
        original.call(channel, exchange, routingKey, content, options, confirm),
    }
    return (exchange, routingKey, content, options, confirm) =>
      kernel.traces() && isPublishable(exchange, routingKey, content)
        ? publishTraced(publishing, { exchange, routingKey, content, options }, confirm)
        : original.call(channel, exchange, routingKey, content, options, confirm)
  })
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
      ? publishConfirmed(traced, returns, operation, publication, publish, confirm)
      : send(kernel, operation, ([sent = publication]) => publish(sent, confirm)),
  )
}

/** What amqplib would refuse goes to it as it is, so that the refusal is its own. */
function isPublishable(exchange: unknown, routingKey: unknown, content: unknown): boolean {
  return typeof exchange === 'string' && typeof routingKey === 'string' && Buffer.isBuffer(content)
}

/** On a confirm channel the sending lasts until the broker has confirmed, whether or not anybody listens. */
function publishConfirmed(
  traced: TracedChannel,
  returns: Returns,
  operation: SendOperation<Publication>,
  publication: Publication,
  publish: Publish,
  confirm: Confirm | undefined,
): boolean {
  const sending = startSend(traced.kernel, operation)
  const [sent = publication] = sending.messages
  const stopWatching = guard(
    'watching for returned messages',
    () => returns.watch(sent),
    () => false,
  )
  try {
    return sending.run(() =>
      publish(sent, function (...answer) {
        end(traced, sending, answer[0], stopWatching())
        return confirm?.apply(this, answer)
      }),
    )
  } catch (error) {
    end(traced, sending, error, stopWatching())
    throw error
  }
}

function end(traced: TracedChannel, sending: Sending<Publication>, error: unknown, returned: boolean): void {
  if (returned) sending.fail(new Unroutable())
  else if (!error) sending.succeed()
  else sending.fail(isChannelClosed(error) ? traced.closeReason() : error)
}

/** amqplib's own error says no more; the channel may have been told why. */
function isChannelClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'channel closed'
}
