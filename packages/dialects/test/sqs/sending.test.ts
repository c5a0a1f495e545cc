import { TraceFlags } from '@opentelemetry/api'
import { isTooLong, restoreDigests, sendingCarrier, type Sendable } from '@flowstitch/dialects/sqs'
import { describe, expect, it } from 'vitest'

const creation = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED }
const fields = { baggage: 'tenant=blue', tracestate: 'flowstitch=1', traceparent: '00-aa-bb-01' }
const traceHeader = `Root=1-aaaaaaaa-${'a'.repeat(24)};Parent=${'b'.repeat(16)};Sampled=1`

function carried(message: Sendable, more: Readonly<Record<string, string>> = fields): Sendable {
  return sendingCarrier([message]).with(message, more, creation)
}

function own(count: number): Sendable['MessageAttributes'] {
  const attribute = { DataType: 'String', StringValue: 'own' }
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`own-${n}`, attribute]))
}

describe('a message of SQS to be sent', () => {
  it.each([0, 7, 8, 9, 10])('gets, beside %i attributes, the most important fields', (count) => {
    const message = Object.freeze({ MessageBody: 'x', MessageAttributes: Object.freeze(own(count)) })
    const { MessageAttributes, MessageSystemAttributes } = carried(message)
    const added = ['traceparent', 'tracestate', 'baggage'].slice(0, 10 - count)
    expect(Object.keys(MessageAttributes ?? {})).toEqual([...Object.keys(own(count) ?? {}), ...added])
    const header = MessageSystemAttributes?.AWSTraceHeader?.StringValue
    expect(header).toBe(count === 10 ? traceHeader : undefined)
  })

  it.each([256, 1024])('is never made longer than %i KiB', (limit) => {
    const MessageBody = 'x'.repeat(limit * 1024 - 20)
    expect(carried({ MessageBody }).MessageAttributes).toBeUndefined()
    expect(carried({ MessageBody }).MessageSystemAttributes?.AWSTraceHeader?.StringValue).toBe(traceHeader)
  })

  it('shares the room of its call with the other messages', () => {
    const messages = [1, 2].map((): Sendable => ({ MessageBody: 'x'.repeat(128 * 1024 - 20) }))
    const carrier = sendingCarrier(messages)
    const carrying = messages.map((message) =>
      carrier.with(message, { traceparent: '00-aa-bb-01' }, creation),
    )
    expect(carrying.map(({ MessageAttributes }) => MessageAttributes !== undefined)).toEqual([true, false])
  })

  it('keeps its own attributes, and gets nothing that SQS refuses', () => {
    const traceparent = { DataType: 'String', StringValue: 'own' }
    expect(carried({ MessageAttributes: { traceparent } }).MessageAttributes).toEqual({ traceparent })
    const refused = { 'aws.x': '1', 'a name': '1', empty: '', control: '\u0000' }
    const { MessageAttributes } = carried({}, { ...refused, traceparent: '00-aa-bb-01' })
    expect(Object.keys(MessageAttributes ?? {})).toEqual(['traceparent'])
  })

  it('is answered with the digests of what its sender gave', () => {
    const message: Sendable = { MessageBody: 'x' }
    const answer = { MD5OfMessageAttributes: 'of something else' }
    restoreDigests(answer, carried(message), message)
    expect(answer).toEqual({ MD5OfMessageAttributes: 'of something else' })
  })
})

describe('an error', () => {
  it.each([
    [new Error('Reason: Message must be shorter than 1024 bytes.'), true],
    [new Error('Batch requests cannot be longer than 262144 bytes.'), true],
    [new Error('The specified queue does not exist.'), false],
    ['shorter than 1024 bytes', false],
  ])('%j tells whether the message was too long', (error, expected) => {
    expect(isTooLong(error)).toBe(expected)
  })
})
