import type { Facts } from './names.ts'
import type { Random } from './random.ts'
import type { Attributes } from './span.ts'

export type System = 'kafka' | 'rabbitmq' | 'aws.sqs' | 'nats' | 'redis'
type Side = 'sent' | 'got'

/** Where a broker has put a message. */
export interface Place {
  readonly system: System
  readonly destination: string
  readonly id?: string
  readonly partition?: number
  readonly offset?: number
}

export function anySystem(random: Random): System {
  return random.pick(['kafka', 'rabbitmq', 'aws.sqs', 'nats', 'redis'])
}

/** Brokers that give each message the next place in a log. */
export class Brokers {
  readonly #random: Random
  readonly #ends = new Map<string, number>()
  readonly #start: number

  /** Loads that start at different places never put two messages at one. */
  constructor(random: Random, start: number) {
    this.#random = random
    this.#start = start
  }

  put(system: System, destination: string): Place {
    const partition = system === 'kafka' ? this.#random.below(12) : 0
    const log = `${system}/${destination}/${partition}`
    const offset = this.#ends.get(log) ?? this.#start
    this.#ends.set(log, offset + 1)
    if (system === 'kafka') return { system, destination, partition, offset }
    if (system === 'nats') return { system, destination, offset }
    if (system === 'redis') return { system, destination, offset, id: `${1_767_225_600_000 + offset}-0` }
    return { system, destination, id: this.#random.hex(4) }
  }
}

/** What producers and consumers of this broker tell about a message there. */
export function factsOf(place: Place, side: Side): Pick<Facts, 'system' | 'destination'> & Partial<Facts> {
  const { system, destination, partition, offset, id } = place
  if (system === 'kafka') return { system, destination, partition: partition!, offset: offset! }
  if (system === 'nats') return { system, destination, stream: destination.toUpperCase(), sequence: offset! }
  // RabbitMQ's producers know an exchange and a routing key, its consumers the queue too.
  if (system === 'rabbitmq')
    return {
      system,
      destination: side === 'sent' ? destination : `${destination}:${destination}-queue`,
      id: id!,
    }
  return { system, destination, id: id! }
}

/** What has no name in OpenTelemetry's conventions, as Flowstitch's middleware writes it. */
export function ownAttributes({ system, destination, id }: Place): Attributes {
  return system === 'redis' ? { 'flowstitch.message.coordinate': `redis/${destination}/${id}` } : {}
}
