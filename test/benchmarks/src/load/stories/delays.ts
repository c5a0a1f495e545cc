import { HOUR, MS } from '../span.ts'
import type { Story } from './story.ts'

/** A reminder that is to come in an hour. */
export const delay: Story = (teller, at) => {
  const origin = teller.origin('shop', at, at + 6 * MS)
  const sending = { system: 'rabbitmq', destination: 'reminders', delay: HOUR, generation: '1.45' } as const
  const letter = teller.send(origin, { ...sending, at: at + 2 * MS, brokerTime: true })
  const late = teller.random.between(1, 400) * MS
  const from = letter.taken + HOUR + late
  teller.waits(origin, 'delay', HOUR)
  teller.waits(origin, 'dwell', late)
  teller.process(letter, { service: 'reminder', generation: '1.45', from, to: from + 30 * MS })
}
