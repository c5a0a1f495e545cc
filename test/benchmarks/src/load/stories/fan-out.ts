import { anyGeneration } from '../names.ts'
import { MS } from '../span.ts'
import type { Story } from './story.ts'

const GROUPS = ['audit', 'billing', 'fraud', 'mail', 'push', 'search', 'stock', 'warehouse'] as const

/** One message that eight groups read, each on its own. */
export const fanOut: Story = (teller, at) => {
  const { random } = teller
  const origin = teller.origin('shop', at, at + 8 * MS)
  const letter = teller.send(origin, { system: 'kafka', destination: 'order-events', at: at + 2 * MS })
  const starts = GROUPS.map((_, n) => origin.to + random.between(1, 50) * MS + n * 100 * MS)
  for (const [n, group] of GROUPS.entries()) {
    const from = starts[n]!
    const step = teller.process(letter, {
      service: group,
      group,
      from,
      to: from + 20 * MS,
      generation: anyGeneration(random),
    })
    teller.child(step, { name: 'save', kind: 'client', from: from + 2 * MS, to: from + 5 * MS })
  }
  // The one that ends last is the one that starts last.
  teller.waits(origin, 'dwell', starts.at(-1)! - letter.taken)
}
