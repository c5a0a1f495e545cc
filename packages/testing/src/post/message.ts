import type { InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import type { Delivery, Letter } from './office.ts'

export type PostOptions = InstrumentationOptions<Letter, Delivery>
export type PostKernel = Kernel<Letter, Delivery>

/** Where the office has put a letter. */
export function placeOf(inbox: string, number: number): MessageFacts {
  return { id: String(number), coordinate: `post/${inbox}/${number}` }
}

export function receivedFacts(inbox: string, { number, attempt }: Delivery): MessageFacts {
  return { ...placeOf(inbox, number), attempt }
}
