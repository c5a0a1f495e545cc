import { jsonHeaders } from '@flowstitch/dialects/sqs'
import { listed, named } from './events.ts'
import { headersBy } from './headers.ts'
import type { EventSource } from '../source.ts'

/** A record of Kinesis Data Streams, as Lambda gives it; its data is in base64. */
export interface KinesisRecord {
  eventID: string
  eventSourceARN: string
  kinesis: {
    partitionKey: string
    sequenceNumber: string
    data: string
    approximateArrivalTimestamp: number
  }
}

export const kinesis: EventSource<KinesisRecord> = {
  system: 'aws.kinesis',
  trigger: 'pubsub',
  names: ['aws:kinesis'],
  deliveries: (event) =>
    listed<KinesisRecord>(event, (record) => named(/:stream\/([^/]+)/.exec(record?.eventSourceARN)?.[1])),
  carrier: headersBy(({ kinesis: { data } }, key) =>
    jsonHeaders(Buffer.from(data, 'base64').toString(), key),
  ),
  facts({ record }, { captureBodySize }) {
    const { sequenceNumber, data, approximateArrivalTimestamp } = record.kinesis
    return {
      id: sequenceNumber,
      partition: record.eventID.split(':', 1)[0],
      brokerTimeMs: Math.round(approximateArrivalTimestamp * 1000),
      bodySize: captureBodySize ? Buffer.byteLength(data, 'base64') : undefined,
    }
  },
  batch: {
    failureId: (record) => record?.kinesis?.sequenceNumber,
    lane: (record) => record?.eventSourceARN ?? '',
    retriesRest: true,
  },
}
