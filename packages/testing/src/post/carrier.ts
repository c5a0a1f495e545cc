import type { Carrier, ReadCarrier } from '@flowstitch/core'
import type { Delivery, Letter } from './office.ts'

export const outgoing: Carrier<Letter> = {
  get: ({ headers }, name) => headers?.[name],
  names: ({ headers }) => Object.keys(headers ?? {}),
  with: (letter, fields) => ({ ...letter, headers: { ...letter.headers, ...fields } }),
}

export const incoming: ReadCarrier<Delivery> = {
  get: ({ letter }, name) => outgoing.get(letter, name),
  names: ({ letter }) => outgoing.names(letter),
}
