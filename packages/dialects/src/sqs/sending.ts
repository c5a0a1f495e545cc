import { extended, formatXRay, XRAY_HEADER, type Carrier } from '@flowstitch/core'
import { attributeText, presentAttributes, type AttributeValue, type AttributeValues } from './attributes.ts'

/** A message as SendMessage, or an entry of SendMessageBatch, has it. */
export interface Sendable {
  readonly MessageBody?: string | undefined
  readonly MessageAttributes?: AttributeValues
  readonly MessageSystemAttributes?:
    | { readonly AWSTraceHeader?: AttributeValue | null | undefined }
    | null
    | undefined
}

/** SQS quotas, "Message quotas": `AWSTraceHeader` counts for neither. */
const MAX_ATTRIBUTES = 10
/** What a call may hold; queues made before 2025 have the first unless their owner has raised it. */
const SIZE_LIMITS = [256 * 1024, 1024 * 1024]
const PRIORITY = ['traceparent', 'tracestate', 'baggage']
const NAME = /^(?!(?:aws|amazon)\.)[\w-]+(?:\.[\w-]+)*$/i
const VALUE = /^[\x20-\x7e]+$/

/**
 * The headers of messages that one call sends: it has one size limit for all of them. What a message has no room
 * for, or SQS would refuse, it does not get; where that is the context itself, X-Ray's header tells of it.
 */
export function sendingCarrier<M extends Sendable>(messages: readonly M[]): Carrier<M> {
  const size = messages.reduce((sum, message) => sum + sizeOf(message), 0)
  let room = (SIZE_LIMITS.find((limit) => size <= limit) ?? size) - size
  return {
    get(message, name) {
      if (name === XRAY_HEADER) return attributeText(message.MessageSystemAttributes?.AWSTraceHeader)
      return attributeText(message.MessageAttributes?.[name])
    },
    names({ MessageAttributes, MessageSystemAttributes }) {
      const names = Object.keys(MessageAttributes ?? {})
      return MessageSystemAttributes?.AWSTraceHeader === undefined ? names : [...names, XRAY_HEADER]
    },
    with(message, { [XRAY_HEADER]: xray, ...fields }, creation) {
      const wanted = inPriority(fields)
      const added = fitting(message, wanted, room)
      if (added[0] !== wanted[0]) return withTraceHeader(message, xray ?? formatXRay(creation))
      for (const [name, value] of added) room -= bytesOf(name, value)
      const MessageAttributes = extended(message.MessageAttributes, asAttributes(added))
      const carrying = extended(message, { MessageAttributes })
      return xray === undefined ? carrying : withTraceHeader(carrying, xray)
    },
  }
}

type Field = readonly [name: string, value: string]

function inPriority(fields: Readonly<Record<string, string>>): Field[] {
  const rank = ([name]: Field): number => (PRIORITY.includes(name) ? PRIORITY.indexOf(name) : PRIORITY.length)
  return Object.entries(fields)
    .filter(([, value]) => value !== '')
    .toSorted((a, b) => rank(a) - rank(b))
}

/** The fields for which the message has room, without those that the user has set or that SQS refuses. */
function fitting({ MessageAttributes }: Sendable, wanted: readonly Field[], room: number): Field[] {
  let slots = MAX_ATTRIBUTES - presentAttributes(MessageAttributes).length
  return wanted.filter(([name, value]) => {
    const bytes = bytesOf(name, value)
    if (slots <= 0 || bytes > room || MessageAttributes?.[name]) return false
    if (!NAME.test(name) || !VALUE.test(value)) return false
    slots--
    room -= bytes
    return true
  })
}

function asAttributes(fields: readonly Field[]): Record<string, AttributeValue> {
  return Object.fromEntries(fields.map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]))
}

function withTraceHeader<M extends Sendable>(message: M, StringValue: string): M {
  if (message.MessageSystemAttributes?.AWSTraceHeader) return message
  const AWSTraceHeader = { DataType: 'String', StringValue }
  const MessageSystemAttributes = extended(message.MessageSystemAttributes, { AWSTraceHeader })
  return extended(message, { MessageSystemAttributes })
}

/** The part of a message that counts against the size limit (SQS quotas, "Message size"). */
function sizeOf({ MessageBody, MessageAttributes }: Sendable): number {
  let size = typeof MessageBody === 'string' ? Buffer.byteLength(MessageBody) : 0
  for (const [name, { DataType, StringValue = '', BinaryValue }] of presentAttributes(MessageAttributes)) {
    size += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.byteLength ?? 0)
  }
  return size
}

function bytesOf(name: string, value: string): number {
  return Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value)
}

/** Whether SQS has refused a message, or all of a call, for its size: it has no name for this error. */
export function isTooLong(error: unknown): boolean {
  return error instanceof Error && /(?:shorter|longer) than \d+ bytes/.test(error.message)
}
