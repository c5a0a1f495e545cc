import { process, receive, wrapMethod, type ProcessOperation } from '@flowstitch/core'
import { incoming } from './carrier.ts'
import { receivedFacts, type PostKernel } from './message.ts'
import type { Delivery, PostOffice } from './office.ts'

/** Where a delivery that was fetched came from, for `processPost`. */
const fetched = new WeakMap<Delivery, { readonly kernel: PostKernel; readonly inbox: string }>()

export function wrapReceiving(office: PostOffice, kernel: PostKernel): void {
  wrapMethod(
    office,
    'subscribe',
    (original) => (inbox, handler) =>
      original.call(office, inbox, function traced(this: unknown, delivery) {
        if (!kernel.traces(inbox)) return handler.call(this, delivery)
        return process(
          kernel,
          { ...operationOf(kernel, inbox, delivery), pulled: false, delivers: true },
          () => handler.call(this, delivery),
        )
      }),
  )
  wrapMethod(office, 'fetch', (original) => (inbox) => {
    if (!kernel.traces(inbox)) return original.call(office, inbox)
    return receive(
      kernel,
      {
        name: 'fetch',
        destination: { name: inbox },
        carrier: incoming,
        facts: (delivery) => receivedFacts(inbox, delivery, kernel.options),
        messages(deliveries) {
          for (const delivery of deliveries) fetched.set(delivery, { kernel, inbox })
          return deliveries
        },
      },
      () => original.call(office, inbox),
    )
  })
}

/** Handles a delivery that was fetched; one that no instrumented office has handed out is just handled. */
export function processDelivery<R>(delivery: Delivery, handler: () => R): R {
  const origin = fetched.get(delivery)
  if (!origin) return handler()
  const { kernel, inbox } = origin
  return process(kernel, { ...operationOf(kernel, inbox, delivery), pulled: true, delivers: false }, handler)
}

function operationOf(
  kernel: PostKernel,
  inbox: string,
  delivery: Delivery,
): Omit<ProcessOperation<Delivery>, 'pulled' | 'delivers'> {
  return {
    name: 'process',
    destination: { name: inbox },
    message: delivery,
    carrier: incoming,
    facts: () => receivedFacts(inbox, delivery, kernel.options),
  }
}
