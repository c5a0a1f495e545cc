import { settle, wrapMethod, type SettleOperation } from '@flowstitch/core'
import type { JsMsg } from '@nats-io/jetstream'
import type { NatsKernel } from './message.ts'

/** How a message is settled, and the name that its span gets. `working` settles nothing: it asks for time. */
const VERBS = { ack: 'ack', ackAck: 'ack', nak: 'nak', term: 'term' } as const

type Settling = Record<keyof typeof VERBS, (...args: unknown[]) => unknown>

/** Traces the settling of a message that is being handled. The client drops all but the first; so do we. */
export function watchSettlement(
  kernel: NatsKernel,
  message: JsMsg,
  operation: Omit<SettleOperation, 'name'>,
): void {
  let settled = (message as { didAck?: boolean }).didAck === true
  for (const [method, name] of Object.entries(VERBS)) {
    wrapMethod(message as unknown as Settling, method as keyof Settling, (original) => (...args) => {
      if (settled) return original.apply(message, args)
      settled = true
      return settle(kernel, { ...operation, name }, () => original.apply(message, args))
    })
  }
}
