import { withHeaders, type Carrier, type ReadCarrier } from '@flowstitch/core'
import type { Delivery, Letter } from './office.ts'

export const outgoing: Carrier<Letter> = {
  get: ({ headers }, name) => headers?.[name],
  names: ({ headers }) => Object.keys(headers ?? {}),
  with: withHeaders,
}

export const incoming: ReadCarrier<Delivery> = {
  get: ({ letter }, name) => outgoing.get(letter, name),
  names: ({ letter }) => outgoing.names(letter),
}
