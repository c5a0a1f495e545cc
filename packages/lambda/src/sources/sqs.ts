import { nameInArn, receivedCarrier, receivedFacts } from '@flowstitch/dialects/sqs'
import { listed, named } from './events.ts'
import type { EventSource } from '../source.ts'

/** A message of Amazon SQS, as Lambda gives it. */
export interface SqsRecord {
  messageId: string
  receiptHandle: string
  body: string
  attributes: { MessageGroupId?: string; ApproximateReceiveCount: string; SentTimestamp: string }
  messageAttributes: Record<string, { stringValue?: string; binaryValue?: string; dataType: string }>
  eventSourceARN: string
  awsRegion: string
}

export const sqs: EventSource<SqsRecord> = {
  system: 'aws.sqs',
  trigger: 'pubsub',
  names: ['aws:sqs'],
  deliveries: (event) => listed<SqsRecord>(event, (record) => named(nameInArn(record?.eventSourceARN))),
  carrier: () => receivedCarrier,
  facts: ({ record }, options) => receivedFacts(record, options),
  batch: {
    failureId: (record) => record?.messageId,
    lane(record, { skipGroupOnError }) {
      const queue: unknown = record?.eventSourceARN
      if (typeof queue !== 'string' || !queue.endsWith('.fifo')) return undefined
      return skipGroupOnError ? `${queue}/${record.attributes?.MessageGroupId}` : queue
    },
    retriesRest: false,
  },
}
