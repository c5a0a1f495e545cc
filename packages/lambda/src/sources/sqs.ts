import { destinationOf, nameInArn, receivedCarrier, receivedFacts } from '@flowstitch/dialects/sqs'
import { listedRecords, type EventSource } from '../source.ts'

/** A message of SQS, as Lambda gives it (`SQSRecord` of `@types/aws-lambda` is one). */
export interface SqsRecord {
  messageId: string
  receiptHandle: string
  body: string
  attributes: { MessageGroupId?: string; ApproximateReceiveCount: string; SentTimestamp: string }
  messageAttributes: Record<string, { stringValue?: string; binaryValue?: string; dataType: string }>
  eventSource: string
  eventSourceARN: string
  awsRegion: string
}

export const sqs: EventSource<SqsRecord> = {
  system: 'aws.sqs',
  trigger: 'pubsub',
  carrier: receivedCarrier,
  deliveries: (event) =>
    listedRecords<SqsRecord>(event)?.map((record) => ({
      record,
      destination: destinationOf(nameInArn(record?.eventSourceARN)),
    })),
  isOwn: (record) => record?.eventSource === 'aws:sqs',
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
