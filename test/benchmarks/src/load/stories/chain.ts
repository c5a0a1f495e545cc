import { anySystem, type System } from '../brokers.ts'
import type { Random } from '../random.ts'
import { MS, type LoadSpan } from '../span.ts'
import type { Proof, Teller } from '../teller.ts'
import type { Story } from './story.ts'

const QUEUES = 3

/** What consumers of each broker can prove without any context in the message. */
const BY_KEY: Record<System, readonly Proof[]> = {
  kafka: ['coordinate', 'key'],
  rabbitmq: ['message-id', 'key'],
  'aws.sqs': ['coordinate', 'key'],
  nats: ['coordinate', 'key'],
  redis: ['coordinate', 'message-id', 'key'],
}

/** A request, and one queue after the other, each in another broker and with another proof. */
export function chainOf(hops: number): Story {
  return (teller, at) => {
    let step = teller.origin('shop', at, at + 12 * MS)
    for (let hop = 0; hop < hops; hop++) step = nextHop(teller, step, hop % QUEUES)
  }
}

function nextHop(teller: Teller, step: LoadSpan, queue: number): LoadSpan {
  const { random } = teller
  const system = anySystem(random)
  teller.child(step, { name: 'validate', kind: 'internal', from: step.from + MS, to: step.from + 2 * MS })
  const letter = teller.send(step, {
    system,
    destination: `orders-${queue}`,
    at: step.from + 3 * MS,
    proof: anyProof(random, system),
    brokerTime: random.chance(0.5),
  })
  const from = step.to + random.between(1, 900) * MS
  teller.waits(step, 'dwell', from - letter.taken)
  const to = from + random.between(10, 60) * MS
  return teller.process(letter, { service: `worker-${queue}`, from, to })
}

function anyProof(random: Random, system: System): Proof {
  return random.pick<Proof>(['link', 'link', 'link', 'parent', ...BY_KEY[system]])
}
