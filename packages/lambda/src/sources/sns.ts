import { nameInArn, snsCarrier, snsFacts } from '@flowstitch/dialects/sqs'
import { listed, named } from './events.ts'
import type { EventSource } from '../source.ts'

/** A message of Amazon SNS, as Lambda gives it. */
export interface SnsRecord {
  EventSubscriptionArn: string
  Sns: {
    MessageId: string
    TopicArn: string
    Subject?: string
    Message: string
    Timestamp: string
    MessageAttributes: Record<string, { Type: string; Value: string }>
  }
}

export const sns: EventSource<SnsRecord> = {
  system: 'aws.sns',
  trigger: 'pubsub',
  names: ['aws:sns'],
  single: true,
  deliveries: (event) => listed<SnsRecord>(event, (record) => named(nameInArn(record?.Sns?.TopicArn))),
  carrier: () => snsCarrier,
  facts: ({ record }, options) => snsFacts(record, options),
}
