import { anySystem, type System } from '../brokers.ts'
import type { Random } from '../random.ts'
import { MS } from '../span.ts'
import type { Proof } from '../teller.ts'
import type { Story } from './story.ts'

const HOPS = 3

/** What consumers of each broker can prove without any context in the message. */
const BY_KEY: Record<System, readonly Proof[]> = {
  kafka: ['coordinate', 'key'],
  rabbitmq: ['message-id', 'key'],
  'aws.sqs': ['coordinate', 'key'],
  nats: ['coordinate', 'key'],
  redis: ['coordinate', 'message-id', 'key'],
}

/** A request, and three queues one after the other, each in another broker and with another proof. */
export const chain: Story = (teller, at) => {
  const { random } = teller
  let step = teller.origin('shop', at, at + 12 * MS)
  for (let hop = 0; hop < HOPS; hop++) {
    const system = anySystem(random)
    teller.child(step, { name: 'validate', kind: 'internal', from: step.from + MS, to: step.from + 2 * MS })
    const letter = teller.send(step, {
      system,
      destination: `orders-${hop}`,
      at: step.from + 3 * MS,
      proof: anyProof(random, system),
      brokerTime: random.chance(0.5),
    })
    const from = step.to + random.between(1, 900) * MS
    teller.waits(step, 'dwell', from - letter.taken)
    step = teller.process(letter, { service: `worker-${hop}`, from, to: from + random.between(10, 60) * MS })
  }
}

function anyProof(random: Random, system: System): Proof {
  return random.pick<Proof>(['link', 'link', 'link', 'parent', ...BY_KEY[system]])
}
