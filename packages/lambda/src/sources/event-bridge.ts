import { payloadHeaders } from '@flowstitch/dialects/sqs'
import { listed, named } from './events.ts'
import { headersBy } from './headers.ts'
import type { EventSource } from '../source.ts'

/** An event of EventBridge, as Lambda gives it. */
export interface EventBridgeEvent {
  id: string
  'detail-type': string
  source: string
  time: string
  account: string
  region: string
  resources: string[]
  detail: unknown
}

export const eventBridge: EventSource<EventBridgeEvent> = {
  system: 'aws.eventbridge',
  trigger: 'pubsub',
  names: ['aws:events'],
  single: true,
  // Events do not say which bus they came over.
  deliveries: (event) => listed<EventBridgeEvent>([event], (record) => named(record?.source)),
  carrier: headersBy(({ detail }, key) => payloadHeaders(detail, key)),
  facts({ record: { id, time } }) {
    const sentTimeMs = Date.parse(time)
    return { id, sentTimeMs: sentTimeMs > 0 ? sentTimeMs : undefined }
  },
}
