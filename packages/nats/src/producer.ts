import { guard, send, wrapMethod, type SendOperation } from '@flowstitch/core'
import type { JetStreamClient } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core'
import { copyHeaders, sentCarrier } from './carrier.ts'
import { internally, isInternal, markTraced } from './internal.ts'
import { sentFacts, storedFacts, type NatsOutgoing } from './message.ts'
import type { Tracing } from './tracing.ts'

/** Wraps `publish` and `request` of a connection, and with them what is built upon them. */
export function wrapPublisher(nc: NatsConnection, tracing: Tracing): void {
  wrapMethod(nc, 'publish', (original) => (subject, payload, options) => {
    if (isInternal(options?.headers) || !tracing.publishes(subject)) {
      return original.call(nc, subject, payload, options)
    }
    const message = { subject, payload, headers: options?.headers, msgID: undefined }
    return send(tracing.kernel, sendOperation(tracing, 'publish', message), ([prepared]) =>
      original.call(nc, subject, payload, withHeaders(options, prepared?.headers)),
    )
  })
  wrapMethod(nc, 'request', (original) => (subject, payload, options) => {
    if (isInternal(options?.headers) || !tracing.publishes(subject)) {
      return original.call(nc, subject, payload, options)
    }
    const message = { subject, payload, headers: options?.headers, msgID: undefined }
    return send(tracing.kernel, sendOperation(tracing, 'request', message), ([prepared]) =>
      // The client sets a default timeout in the options it is given, or takes its own where there are none.
      internally(() => original.call(nc, subject, payload, withHeaders(options, prepared?.headers) as never)),
    )
  })
}

/** Wraps `publish` of a JetStream client. */
export function wrapJetStreamPublisher(js: JetStreamClient, tracing: Tracing): void {
  wrapMethod(js, 'publish', (original) => (subject, payload, options) => {
    if (!tracing.publishes(subject)) return original.call(js, subject, payload, options)
    const message = { subject, payload, headers: options?.headers, msgID: options?.msgID }
    return send(
      tracing.kernel,
      sendOperation(tracing, 'publish', message),
      ([prepared]) => {
        const headers = headersToPass(options?.headers, prepared?.headers)
        return original.call(js, subject, payload, withHeaders(options, headers))
      },
      (ack) => ({ facts: () => storedFacts(ack, message) }),
    )
  })
}

function sendOperation(tracing: Tracing, name: string, message: NatsOutgoing): SendOperation<NatsOutgoing> {
  return {
    name,
    destination: tracing.destination(message.subject),
    endpoint: tracing.endpoint(),
    batch: false,
    messages: [message],
    carrier: sentCarrier(tracing.maxPayload),
    facts: () => sentFacts(message, tracing.kernel.options),
  }
}

function withHeaders<O extends { headers?: MsgHdrs }>(
  options: O | undefined,
  headers: MsgHdrs | undefined,
): O | undefined {
  return headers === options?.headers ? options : ({ ...options, headers } as O)
}

/** Headers that the connection will know as traced: JetStream's client hands on the very object it is given. */
function headersToPass(given: MsgHdrs | undefined, prepared: MsgHdrs | undefined): MsgHdrs | undefined {
  return guard(
    'copying the headers of a message',
    () => markTraced(prepared && prepared !== given ? prepared : copyHeaders(given)),
    given,
  )
}
