import { MS } from '../span.ts'
import type { Story } from './story.ts'

const MESSAGES = 10

/** One poll that brings ten messages of ten flows, each then handled in a trace of its own. */
export const pull: Story = (teller, at) => {
  const letters = Array.from({ length: MESSAGES }, (_, n) => {
    const origin = teller.origin('shop', at + n * MS, at + (n + 5) * MS)
    return teller.send(origin, { system: 'aws.sqs', destination: 'exports', at: at + (n + 1) * MS })
  })
  const got = at + 400 * MS
  teller.batch(letters, { service: 'exporter', operation: 'receive', from: got - 30 * MS, to: got })
  for (const [n, letter] of letters.entries()) {
    const from = got + (n + 1) * 20 * MS
    teller.process(letter, { service: 'exporter', from, to: from + 15 * MS })
    teller.waits(letter.sender, 'dwell', from - letter.taken)
  }
}
