import { eventCarrier, eventFacts } from '@flowstitch/dialects/kafka'
import { grouped, named } from './events.ts'
import type { EventSource } from '../source.ts'

/** A record of Kafka, as Lambda gives it; key and value are in base64. */
export interface KafkaRecord {
  topic: string
  partition: number
  offset: number
  timestamp: number
  timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME'
  key: string
  value: string
  headers: Record<string, number[]>[]
}

export const kafka: EventSource<KafkaRecord> = {
  system: 'kafka',
  trigger: 'pubsub',
  names: ['aws:kafka', 'SelfManagedKafka'],
  deliveries: (event) => grouped<KafkaRecord>(event, 'records', (record) => named(record?.topic)),
  carrier: () => eventCarrier,
  facts: ({ record }, options) => eventFacts(record, options),
  batch: {
    failureId: (record) =>
      record?.topic === undefined ? undefined : { partition: partitionOf(record), offset: record.offset },
    lane: (record) => partitionOf(record),
    // What Lambda makes of the rest of the partition is not said: so it is told.
    retriesRest: false,
  },
}

function partitionOf(record: KafkaRecord): string {
  return `${record?.topic}-${record?.partition}`
}
