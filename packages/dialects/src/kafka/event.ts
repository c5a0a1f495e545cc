import type { MessageFacts, ReadCarrier } from '@flowstitch/core'
import { headersIn, headerText, type HeaderList } from './headers.ts'
import { incomingFacts, type RecordOptions, type TopicPartition } from './record.ts'

/** A record in an event of AWS Lambda, whether from MSK or from a cluster of somebody's own. */
export interface EventRecord extends TopicPartition {
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** `CREATE_TIME`, or `LOG_APPEND_TIME` where the timestamp is the broker's. */
  readonly timestampType: string
  /** In base64. */
  readonly key?: string | null
  /** In base64; null, or not there, in a tombstone. */
  readonly value?: string | null
  readonly headers?: HeaderList | null
}

/** The headers of a record in an event. */
export const eventCarrier: ReadCarrier<EventRecord> = {
  get: ({ headers }, name) => headerText(headersIn(headers), name),
  names: ({ headers }) => Object.keys(headersIn(headers) ?? {}),
}

/** What is known of a record in an event: Lambda does not tell which attempt it is. */
export function eventFacts(record: EventRecord, options: RecordOptions): MessageFacts {
  const { offset, timestamp, timestampType, key, value, headers } = record
  const decoded = { offset, timestamp, key, value, headers: headersIn(headers), encoding: 'base64' } as const
  return incomingFacts(record, decoded, options, undefined, timestampType === 'LOG_APPEND_TIME')
}
