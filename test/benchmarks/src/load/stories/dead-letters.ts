import type { System } from '../brokers.ts'
import { HOUR, MS, SECOND } from '../span.ts'
import type { Letter, Teller } from '../teller.ts'
import type { Story } from './story.ts'

const TRIES = 3
const WORK = 5 * MS

/** Fails three times, a second apart. The answer is when the last attempt ended. */
function failing(teller: Teller, at: number, system: System, destination: string): [Letter, number] {
  const origin = teller.origin('shop', at, at + 6 * MS)
  const letter = teller.send(origin, { system, destination, at: at + 2 * MS, generation: '1.45' })
  let from = origin.to + 20 * MS
  teller.waits(origin, 'dwell', from - letter.taken)
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (attempt > 1) teller.waits(origin, 'retry', SECOND)
    const attributes = { 'flowstitch.message.attempt': attempt }
    teller.process(letter, {
      service: 'mailer',
      generation: '1.45',
      from,
      to: from + WORK,
      failed: true,
      attributes,
    })
    from += WORK + SECOND
  }
  return [letter, from - SECOND]
}

/** RabbitMQ moves what was rejected to a dead-letter queue, where somebody looks at it. */
export const deadLetter: Story = (teller, at) => {
  const [letter, end] = failing(teller, at, 'rabbitmq', 'mails')
  const from = end + 300 * MS
  teller.waits(letter.sender, 'retry', 300 * MS)
  const attributes = {
    'flowstitch.dead_letter.source': 'mails-queue',
    'flowstitch.dead_letter.reason': 'rejected',
    'flowstitch.message.attempt': TRIES + 1,
  }
  const place = { ...letter.place, destination: 'mails.dead' }
  teller.process(
    letter,
    { service: 'mail-morgue', generation: '1.45', from, to: from + WORK, attributes },
    place,
  )
  letter.truth.state = 'dead-lettered'
}

/** SQS moves a dead letter back on request: a new message id, and deliveries counted from one. */
export const redrive: Story = (teller, at) => {
  const [letter, end] = failing(teller, at, 'aws.sqs', 'receipts')
  const from = end + HOUR
  teller.waits(letter.sender, 'retry', HOUR)
  const place = teller.put('aws.sqs', 'receipts')
  const attributes = { 'flowstitch.message.attempt': 1 }
  teller.process(letter, { service: 'mailer', generation: '1.45', from, to: from + WORK, attributes }, place)
}
