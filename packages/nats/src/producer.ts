import { extended, guard, send, wrapMethod, type SendOperation } from '@flowstitch/core'
import { MSG_ID, storedFacts } from '@flowstitch/dialects/nats'
import type { JetStreamClient } from '@nats-io/jetstream'
import type { MsgHdrs, NatsConnection, Payload } from '@nats-io/nats-core'
import { copyHeaders, sentCarrier } from './carrier.ts'
import { internally, isInternal, markTraced } from './internal.ts'
import { sentFacts, type NatsOutgoing } from './message.ts'
import type { Tracing } from './tracing.ts'

type Publish = (subject: string, payload?: Payload, options?: { headers?: MsgHdrs }) => unknown

/** Wraps `publish` and `request` of a connection, and with them what is built upon them. */
export function wrapPublisher(nc: NatsConnection, tracing: Tracing): void {
  for (const name of ['publish', 'request'] as const) {
    wrapMethod(
      nc as unknown as Record<typeof name, Publish>,
      name,
      (original) => (subject, payload, options) => {
        const call = (given: typeof options): unknown => original.call(nc, subject, payload, given)
        if (isInternal(options?.headers) || !tracing.publishes(subject)) return call(options)
        const message = { subject, payload, headers: options?.headers, msgID: undefined }
        return send(tracing.kernel, sendOperation(tracing, name, message), ([prepared]) =>
          internally(() => call(withHeaders(options, prepared?.headers))),
        )
      },
    )
  }
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
      (ack) => ({ facts: () => storedFacts(ack, message.msgID ?? message.headers?.get(MSG_ID)) }),
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
  return headers === options?.headers ? options : (extended(options, { headers }) as O)
}

/** Headers that the connection will know as traced: JetStream's client hands on the very object it is given. */
function headersToPass(given: MsgHdrs | undefined, prepared: MsgHdrs | undefined): MsgHdrs | undefined {
  return guard(
    'copying the headers of a message',
    () => markTraced(prepared && prepared !== given ? prepared : copyHeaders(given)),
    given,
  )
}
