import { send, wrapMethod } from '@flowstitch/core'
import { outgoing } from './carrier.ts'
import { placeOf, sentFacts, type PostKernel } from './message.ts'
import type { Letter, PostOffice } from './office.ts'

export function wrapSending(office: PostOffice, kernel: PostKernel): void {
  const common = {
    name: 'send',
    carrier: outgoing,
    facts: (letter: Letter) => sentFacts(letter, kernel.options),
  }
  wrapMethod(office, 'send', (original) => (inbox, letter) => {
    if (!kernel.traces(inbox)) return original.call(office, inbox, letter)
    return send(
      kernel,
      { ...common, destination: { name: inbox }, batch: false, messages: [letter] },
      ([traced = letter]) => original.call(office, inbox, traced),
      ({ number }) => ({ facts: () => placeOf(inbox, number) }),
    )
  })
  wrapMethod(office, 'sendAll', (original) => (inbox, letters) => {
    if (!kernel.traces(inbox)) return original.call(office, inbox, letters)
    return send(
      kernel,
      { ...common, destination: { name: inbox }, batch: true, messages: letters },
      (traced) => original.call(office, inbox, traced),
      (numbers) => ({ facts: (index) => placeOf(inbox, numbers[index] ?? 0) }),
    )
  })
}
