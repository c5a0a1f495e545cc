import { MS } from '../span.ts'
import type { Letter, Teller } from '../teller.ts'
import type { Story } from './story.ts'

/** Of so many flows, what a batch did as a whole is left out. */
const HUB_LIMIT = 200

/** Orders of as many flows, handled by one batch, each in a step of its own; and a commit for all of them. */
export function batchOf(size: number): Story {
  return (teller, at) => {
    const topic = `orders-by-${size}`
    const letters = Array.from({ length: size }, (_, n) => ordered(teller, topic, at + n * MS))
    const from = at + (size + 500) * MS
    const to = from + (size + 20) * MS
    const group = `batches-of-${size}`
    const batch = teller.batch(letters, { service: 'batcher', group, from, to })
    for (const [n, letter] of letters.entries()) {
      const start = from + (n + 1) * MS
      teller.process(letter, { service: 'batcher', group, inside: batch, from: start, to: start + MS })
      teller.waits(letter.sender, 'dwell', from - letter.taken)
    }
    const commit = {
      name: `commit ${topic}`,
      kind: 'client' as const,
      from: to - 10 * MS,
      to: to - 5 * MS,
    }
    if (size <= HUB_LIMIT) teller.child(batch, commit, true)
    else {
      teller.aside(batch.traceId, { ...commit, service: 'batcher' }, batch.spanId)
      for (const flow of teller.flowsOf(batch)) flow.truncated = true
    }
  }
}

function ordered(teller: Teller, destination: string, at: number): Letter {
  const origin = teller.origin('shop', at, at + 5 * MS)
  return teller.send(origin, { system: 'kafka', destination, at: at + MS })
}
