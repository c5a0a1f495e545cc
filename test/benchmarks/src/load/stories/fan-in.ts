import { MS } from '../span.ts'
import type { Story } from './story.ts'

const PARTS = 4

/** Orders of four flows that one aggregator joins into one parcel: what follows belongs to all four. */
export const aggregation: Story = (teller, at) => {
  const { random } = teller
  const letters = Array.from({ length: PARTS }, (_, n) => {
    const start = at + n * 30 * MS
    const origin = teller.origin('shop', start, start + 9 * MS)
    return teller.send(origin, { system: 'rabbitmq', destination: 'parcel-parts', at: start + 2 * MS })
  })
  const from = at + random.between(200, 900) * MS
  const join = teller.batch(letters, { service: 'packer', from, to: from + 20 * MS })
  teller.delivered(letters, join)
  for (const letter of letters) teller.waits(letter.sender, 'dwell', from - letter.taken)
  const parcel = teller.send(join, {
    system: 'aws.sqs',
    destination: 'parcels',
    at: from + 15 * MS,
    mayCause: true,
  })
  const start = join.to + random.between(10, 300) * MS
  teller.process(parcel, { service: 'carrier', from: start, to: start + 40 * MS })
  teller.waits(join, 'dwell', start - parcel.taken)
}

/** Four messages of one flow whose answers come together again: the last one decides how long it took. */
export const scatterGather: Story = (teller, at) => {
  const origin = teller.origin('shop', at, at + 20 * MS)
  const replies = Array.from({ length: PARTS }, (_, n) => {
    const asked = teller.send(origin, { system: 'nats', destination: 'quotes', at: at + (2 + n) * MS })
    const from = origin.to + (n + 1) * 100 * MS
    const step = teller.process(asked, { service: `supplier-${n}`, from, to: from + 50 * MS })
    const answer = teller.send(step, { system: 'nats', destination: 'answers', at: from + 30 * MS })
    if (n === PARTS - 1) teller.waits(origin, 'dwell', from - asked.taken)
    return answer
  })
  const last = replies.at(-1)!
  const from = last.sender.to + 200 * MS
  const gather = teller.batch(replies, { service: 'shop-quotes', from, to: from + 15 * MS })
  teller.delivered(replies, gather)
  teller.waits(origin, 'dwell', from - last.taken)
}
