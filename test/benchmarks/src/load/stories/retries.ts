import { anyGeneration, type Generation } from '../names.ts'
import type { System } from '../brokers.ts'
import { MS, SECOND } from '../span.ts'
import type { Letter, Teller } from '../teller.ts'
import type { Story } from './story.ts'

const TRIES = 3
const WORK = 10 * MS
/** Backoff before each attempt after the first. */
const BACKOFFS = [SECOND, 5 * SECOND] as const

interface Payment {
  letter: Letter
  generation: Generation
  /** When the first attempt starts. */
  from: number
}

function payment(teller: Teller, at: number, system: System, destination: string): Payment {
  const generation = anyGeneration(teller.random)
  const origin = teller.origin('shop', at, at + 6 * MS)
  const letter = teller.send(origin, { system, destination, at: at + 2 * MS, generation })
  const from = origin.to + teller.random.between(1, 90) * MS
  teller.waits(origin, 'dwell', from - letter.taken)
  return { letter, generation, from }
}

function startOf(attempt: number, first: number): number {
  return BACKOFFS.slice(0, attempt).reduce((start, backoff) => start + WORK + backoff, first)
}

/** The broker delivers again what was not acknowledged; RabbitMQ, JetStream and Redis don't move it for that. */
export const redelivery: Story = (teller, at) => {
  const system = teller.random.pick<System>(['rabbitmq', 'nats', 'aws.sqs', 'redis'])
  const { letter, generation, from: first } = payment(teller, at, system, 'payments')
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const from = startOf(attempt, first)
    if (attempt > 0) teller.waits(letter.sender, 'retry', BACKOFFS[attempt - 1]!)
    teller.process(letter, {
      service: 'payments',
      generation,
      from,
      to: from + WORK,
      failed: attempt < TRIES - 1,
      // What counts deliveries is our own attribute; older instrumentations have none.
      ...(generation === '1.45' && { attributes: { 'flowstitch.message.attempt': attempt + 1 } }),
    })
  }
}

/** The client calls the handler again, as kafkajs does, in the same group and at the same offset. */
export const inProcess: Story = (teller, at) => {
  const { letter, generation, from: first } = payment(teller, at, 'kafka', 'charges')
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const from = startOf(attempt, first)
    if (attempt > 0) teller.waits(letter.sender, 'retry', BACKOFFS[attempt - 1]!)
    const failed = attempt < TRIES - 1
    teller.process(letter, {
      service: 'charges',
      group: 'charges',
      generation,
      from,
      to: from + WORK,
      failed,
    })
  }
}

/** Failed messages go to a topic of their own, with the headers that they came with, and come back later. */
export const retryTopic: Story = (teller, at) => {
  const { letter, generation, from: first } = payment(teller, at, 'kafka', 'invoices')
  let place = letter.place
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const from = startOf(attempt, first)
    if (attempt > 0) teller.waits(letter.sender, 'retry', BACKOFFS[attempt - 1]!)
    const failed = attempt < TRIES - 1
    const handling = { service: 'invoices', group: 'invoices', generation, from, to: from + WORK, failed }
    teller.process(letter, handling, place)
    place = teller.put('kafka', `invoices.retry.${attempt + 1}`)
  }
}

/** A queue without consumers holds failed messages back, and RabbitMQ dead-letters them home again. */
export const delayQueue: Story = (teller, at) => {
  const { letter, from: first } = payment(teller, at, 'rabbitmq', 'refunds')
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const from = startOf(attempt, first)
    if (attempt > 0) teller.waits(letter.sender, 'retry', BACKOFFS[attempt - 1]!)
    const failed = attempt < TRIES - 1
    const attributes = { 'flowstitch.message.attempt': attempt + 1 }
    teller.process(letter, {
      service: 'refunds',
      generation: '1.45',
      from,
      to: from + WORK,
      failed,
      attributes,
    })
  }
}
