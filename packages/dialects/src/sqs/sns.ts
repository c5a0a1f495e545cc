import type { InstrumentationOptions, MessageFacts, ReadCarrier } from '@flowstitch/core'
import { attributeHeaders, eventHeaders } from './body.ts'
import type { Headers } from './headers.ts'
import { sizeFacts } from './message.ts'

/** A message of SNS, as a record of a Lambda event. */
export interface SnsRecord {
  readonly Sns: {
    readonly MessageId?: string | undefined
    readonly TopicArn?: string | undefined
    readonly Timestamp?: string | undefined
    readonly Message?: string | undefined
    readonly MessageAttributes?: object | undefined
  }
}

const known = new WeakMap<SnsRecord, Headers>()

function headersOf(record: SnsRecord): Headers {
  const { Message, MessageAttributes } = record.Sns
  const found = known.get(record) ?? { ...eventHeaders(Message), ...attributeHeaders(MessageAttributes) }
  known.set(record, found)
  return found
}

/** The headers of a record: its attributes, Datadog's among them; else those of an event that it brings. */
export const snsCarrier: ReadCarrier<SnsRecord> = {
  get: (record, name) => headersOf(record)[name],
  names: (record) => Object.keys(headersOf(record)),
}

/** What SNS tells of a message. */
export function snsFacts(
  { Sns }: SnsRecord,
  options: Pick<InstrumentationOptions, 'captureBodySize'>,
): MessageFacts {
  const time = Date.parse(Sns.Timestamp ?? '')
  return {
    id: Sns.MessageId,
    brokerTimeMs: time > 0 ? time : undefined,
    ...sizeFacts(Sns.Message, options),
  }
}
