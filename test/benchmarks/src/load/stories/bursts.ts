import { MS } from '../span.ts'
import type { Story } from './story.ts'

/** One request that sends many messages, which one batch handles as one step. */
export function batchOfOneFlow(messages: number): Story {
  return (teller, at) => {
    const origin = teller.origin('import', at, at + (messages + 10) * MS)
    const letters = Array.from({ length: messages }, (_, n) =>
      teller.send(origin, { system: 'kafka', destination: 'rows', at: at + n * MS }),
    )
    const from = origin.to + 100 * MS
    const batch = teller.batch(letters, { service: 'loader', group: 'loaders', from, to: from + 900 * MS })
    teller.delivered(letters, batch, 'loaders')
  }
}

/** One request that sends many messages, each handled on its own: three steps a message. */
export function burstOf(messages: number): Story {
  return (teller, at) => {
    const origin = teller.origin('import', at, at + (messages + 10) * MS)
    for (let n = 0; n < messages; n++) {
      const letter = teller.send(origin, { system: 'rabbitmq', destination: 'resize', at: at + n * MS })
      const from = origin.to + n * 2 * MS
      const step = teller.process(letter, { service: 'resizer', from, to: from + 9 * MS })
      teller.child(step, { name: 'save', kind: 'client', from: from + 2 * MS, to: from + 5 * MS })
    }
  }
}

/** A request whose message nobody gets. */
export const open: Story = (teller, at) => {
  const origin = teller.origin('shop', at, at + 8 * MS)
  teller.send(origin, { system: 'kafka', destination: 'open-orders', at: at + 2 * MS })
}
