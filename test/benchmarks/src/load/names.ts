import type { Random } from './random.ts'
import type { Attributes } from './span.ts'

/**
 * Generations of OpenTelemetry's messaging names that are in the field at once: semantic conventions 1.45,
 * 1.25 to 1.44, 1.17 to 1.24, and what JavaScript's older instrumentations still write (1.7).
 */
export type Generation = '1.45' | '1.25' | '1.24' | '1.7'

export type Operation = 'create' | 'send' | 'receive' | 'process' | 'settle'

/** What a messaging span tells, whatever the names. */
export interface Facts {
  system: string
  operation: Operation
  destination: string
  id?: string
  partition?: number
  offset?: number
  stream?: string
  sequence?: number
  group?: string
  count?: number
}

type Names = Partial<Record<keyof Facts, string>>

const NEWEST: Names = {
  system: 'messaging.system.name',
  operation: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  id: 'messaging.message.id',
  partition: 'messaging.destination.partition.id',
  offset: 'kafka.offset',
  stream: 'messaging.nats.stream',
  sequence: 'messaging.nats.sequence',
  group: 'messaging.consumer.group.name',
  count: 'messaging.batch.message_count',
}

const NAMES: Record<Generation, Names> = {
  '1.45': NEWEST,
  '1.25': { ...NEWEST, system: 'messaging.system', offset: 'messaging.kafka.offset' },
  '1.24': {
    ...NEWEST,
    system: 'messaging.system',
    operation: 'messaging.operation',
    partition: 'messaging.kafka.destination.partition',
    offset: 'messaging.kafka.message.offset',
    group: 'messaging.kafka.consumer.group',
  },
  '1.7': {
    ...NEWEST,
    system: 'messaging.system',
    operation: 'messaging.operation',
    destination: 'messaging.destination',
    id: 'messaging.message_id',
    partition: 'messaging.kafka.partition',
    offset: 'messaging.kafka.message.offset',
    group: 'messaging.kafka.consumer_group',
  },
}

/** How older names called systems. */
const OLD_SYSTEMS: Record<Exclude<Generation, '1.45'>, Record<string, string>> = {
  '1.25': { 'aws.sqs': 'aws_sqs' },
  '1.24': { 'aws.sqs': 'AmazonSQS' },
  '1.7': { 'aws.sqs': 'AmazonSQS' },
}

export function anyGeneration(random: Random): Generation {
  return random.pick(['1.45', '1.25', '1.24', '1.7'])
}

/** The attributes that an instrumentation of this generation writes. */
export function attributesOf(facts: Facts, generation: Generation): Attributes {
  const attributes: Attributes = {}
  for (const [fact, value] of Object.entries(facts) as [keyof Facts, string | number | undefined][]) {
    const name = NAMES[generation][fact]
    if (name !== undefined && value !== undefined) attributes[name] = written(fact, value, generation)
  }
  // The oldest names had no operation for sending.
  if (generation === '1.7' && facts.operation === 'send') delete attributes['messaging.operation']
  return attributes
}

function written(fact: keyof Facts, value: string | number, generation: Generation): string | number {
  if (fact === 'partition') return generation === '1.7' ? value : String(value)
  if (fact === 'offset') return generation === '1.7' ? String(value) : value
  if (generation === '1.45') return value
  if (fact === 'system') return OLD_SYSTEMS[generation][value] ?? value
  return fact === 'operation' && value === 'send' && generation === '1.24' ? 'publish' : value
}
