import { CONTEXT_KEY, jsonHeaders, textsIn, type Headers } from '@flowstitch/dialects/sqs'
import { listed, named } from './events.ts'
import { headersBy } from './headers.ts'
import type { EventSource } from '../source.ts'

/** A value in an item: of text, of a map, or of any other type. */
interface Value {
  S?: string
  M?: Record<string, Value>
}

/** A change of an item in a table of DynamoDB, as Lambda gives it. */
export interface DynamoDbRecord {
  eventID?: string
  eventName?: 'INSERT' | 'MODIFY' | 'REMOVE'
  eventSourceARN?: string
  dynamodb?: {
    ApproximateCreationDateTime?: number
    Keys?: Record<string, object>
    NewImage?: Record<string, object>
    OldImage?: Record<string, object>
    SequenceNumber?: string
  }
}

export const dynamodb: EventSource<DynamoDbRecord> = {
  system: 'aws.dynamodb',
  trigger: 'datasource',
  names: ['aws:dynamodb'],
  deliveries: (event) =>
    listed<DynamoDbRecord>(event, (record) =>
      named(/:table\/([^/]+)/.exec(record?.eventSourceARN ?? '')?.[1]),
    ),
  carrier: headersBy(({ dynamodb: change }, key = CONTEXT_KEY) => columnHeaders(change?.NewImage?.[key])),
  facts({ record }) {
    const seconds = record.dynamodb?.ApproximateCreationDateTime
    return { id: record.eventID, brokerTimeMs: seconds && Math.round(seconds * 1000) }
  },
  batch: {
    failureId: (record) => record?.dynamodb?.SequenceNumber,
    lane: (record) => record?.eventSourceARN ?? '',
    retriesRest: true,
  },
}

/** A column with a map of headers, with JSON of it, or with a `traceparent` alone. */
function columnHeaders({ S: text, M: map }: Value = {}): Headers {
  if (map) return textsIn(map, (value) => (value as Value).S)
  if (typeof text !== 'string') return {}
  return text.startsWith('{') ? jsonHeaders(text) : { traceparent: text }
}
