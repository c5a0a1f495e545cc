import { MS } from '../span.ts'
import type { Story } from './story.ts'

const ORDERS = 40
const LOST = 17
const UNREAD = 3

/**
 * A topic whose group misses one message that the broker has acknowledged, and has not come to the last few.
 * Enough time passes for their telemetry to have come.
 */
export const loss: Story = (teller, at) => {
  const destination = teller.unique('audits')
  const group = `${destination}-readers`
  for (let n = 0; n < ORDERS; n++) {
    const start = at + n * 10 * MS
    const origin = teller.origin('shop', start, start + 5 * MS)
    const letter = teller.send(origin, { system: 'nats', destination, at: start + MS, generation: '1.45' })
    if (n === LOST) letter.truth.state = 'lost'
    if (n === LOST || n >= ORDERS - UNREAD) continue
    const from = origin.to + 30 * MS
    teller.waits(origin, 'dwell', from - letter.taken)
    teller.process(letter, { service: 'auditor', group, generation: '1.45', from, to: from + 5 * MS })
  }
}
