import type { InstrumentationOptions, Kernel, MessageFacts } from '@flowstitch/core'
import type { Delivery, Letter } from './office.ts'

export type PostOptions = InstrumentationOptions<Letter, Delivery>
export type PostKernel = Kernel<Letter, Delivery>

/** Where the office has put a letter. */
export function placeOf(inbox: string, number: number): MessageFacts {
  return { id: String(number), coordinate: `post/${inbox}/${number}` }
}

/** What is known of a letter before it is sent. */
export function sentFacts(letter: Letter, { captureBodySize = false }: PostOptions): MessageFacts {
  return { bodySize: captureBodySize ? Buffer.byteLength(letter.body) : undefined }
}

/** What is known of a letter that came. */
export function receivedFacts(inbox: string, delivery: Delivery, options: PostOptions): MessageFacts {
  const { letter, number, attempt } = delivery
  return { ...placeOf(inbox, number), ...sentFacts(letter, options), attempt }
}
