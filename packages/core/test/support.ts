import type { Carrier } from '../src/model/carrier.ts'
import { Kernel } from '../src/kernel/kernel.ts'
import { send } from '../src/kernel/send.ts'
import type { InstrumentationOptions } from '../src/model/options.ts'

/** A message of no broker: for what the kernel does whatever the broker. */
export interface Letter {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export const carrier: Carrier<Letter> = {
  get: ({ headers }, name) => headers[name],
  names: ({ headers }) => Object.keys(headers),
  with: (letter, fields) => ({ ...letter, headers: { ...letter.headers, ...fields } }),
}

export function letter(body: string, headers: Record<string, string> = {}): Letter {
  return { body, headers }
}

export function testKernel(options: InstrumentationOptions<Letter, Letter> = {}): Kernel<Letter, Letter> {
  return new Kernel({ system: 'post', scope: '@flowstitch/post', options })
}

/** Messages that were sent, as a broker would hand them out. */
export const delivery = {
  name: 'process',
  destination: { name: 'inbox' },
  carrier,
  pulled: false,
  delivers: true,
} as const

/** Sends letters in one call; the answer is what travels. */
export function sendLetters(
  bodies: readonly string[],
  options: InstrumentationOptions<Letter, Letter> = {},
): readonly Letter[] {
  return send(
    testKernel(options),
    {
      name: 'send',
      destination: { name: 'inbox' },
      batch: bodies.length !== 1,
      messages: bodies.map((body) => letter(body)),
      carrier,
      facts: () => ({}),
    },
    (messages) => messages,
  )
}
