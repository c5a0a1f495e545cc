import { Kernel } from '@flowstitch/core'
import { processDelivery, wrapReceiving } from './consumer.ts'
import type { PostOptions } from './message.ts'
import type { Delivery, Letter, PostOffice } from './office.ts'
import { wrapSending } from './producer.ts'

/** Traces an in-memory post office: the adapter that `docs/adapters.md` builds. The answer is the same object. */
export function instrumentPost(office: PostOffice, options: PostOptions = {}): PostOffice {
  const kernel = new Kernel<Letter, Delivery>({ system: 'post', scope: '@flowstitch/post', options })
  wrapSending(office, kernel)
  wrapReceiving(office, kernel)
  return office
}

/** Handles a fetched letter in a span and a context of its own. The answer is the handler's. */
export function processPost<R>(delivery: Delivery, handler: (delivery: Delivery) => R): R {
  return processDelivery(delivery, () => handler(delivery))
}

/** A broker in memory. */
export { PostOffice } from './office.ts'

/** The options that all adapters share, for letters. */
export type { PostOptions } from './message.ts'
export type { Delivery, Letter } from './office.ts'
