import { createHash } from 'node:crypto'
import { askForMore, hide, type Asking, type Fresh } from '@flowstitch/dialects/sqs'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const W3C = ['traceparent', 'tracestate', 'baggage']

describe('a receive', () => {
  let recorder: SpanRecorder
  beforeAll(() => {
    recorder = recordSpans()
  })
  afterAll(() => recorder.shutdown())

  it.each<[Asking, string[], boolean]>([
    [{}, W3C, true],
    [{ MessageAttributeNames: ['tenant', 'baggage'] }, ['traceparent', 'tracestate'], true],
    [{ MessageAttributeNames: ['All'] }, [], true],
    [{ MessageAttributeNames: ['.*'] }, [], true],
    [{ MessageAttributeNames: ['trace.*'] }, ['baggage'], true],
    [{ MessageAttributeNames: ['x.*'], AttributeNames: ['All'] }, W3C, false],
    [{ MessageSystemAttributeNames: ['All'] }, W3C, false],
  ])('that asks for %j hides no more than was added to it', (asked, hidden, hidesSystem) => {
    const { input, extra } = askForMore(Object.freeze(asked))
    expect(extra.attributes.filter((name) => /^trace|^baggage$/.test(name))).toEqual(hidden)
    expect(input.MessageAttributeNames).toEqual([...(asked.MessageAttributeNames ?? []), ...extra.attributes])
    expect(extra.systemAttributes.length > 0).toBe(hidesSystem)
  })

  it('asks in the older form where its user does', () => {
    const { input } = askForMore<Asking>({ AttributeNames: ['SentTimestamp'] })
    expect(input.AttributeNames).toContain('AWSTraceHeader')
    expect(input.AttributeNames?.filter((name) => name === 'SentTimestamp')).toHaveLength(1)
    expect(input).not.toHaveProperty('MessageSystemAttributeNames')
  })
})

/** As in the SQS developer guide: the length and the bytes of each part, the kind of the value between them. */
function digestOf(attributes: Readonly<Record<string, string>>): string {
  const hash = createHash('md5')
  const part = (text: string): void => {
    hash.update(Buffer.from([0, 0, 0, Buffer.byteLength(text)])).update(text)
  }
  for (const [name, value] of Object.entries(attributes)) {
    part(name)
    part('String')
    hash.update(Buffer.of(1))
    part(value)
  }
  return hash.digest('hex')
}

describe('a message', () => {
  const extra = { attributes: W3C, systemAttributes: ['AWSTraceHeader'] }
  const tenant = { DataType: 'String', StringValue: 'blue' }
  const traceparent = { DataType: 'String', StringValue: 'context' }

  it('loses what its user did not ask for, and has the digest of the rest', () => {
    const message: Fresh = {
      MessageAttributes: { tenant, traceparent },
      Attributes: { AWSTraceHeader: 'Root', SenderId: 'me' },
      MD5OfMessageAttributes: digestOf({ tenant: 'blue', traceparent: 'context' }),
    }
    expect(hide(message, extra)).toEqual({
      attributes: { traceparent },
      systemAttributes: { AWSTraceHeader: 'Root' },
    })
    expect(message).toEqual({
      MessageAttributes: { tenant },
      Attributes: { SenderId: 'me' },
      MD5OfMessageAttributes: digestOf({ tenant: 'blue' }),
    })
  })

  it('has no attributes where it has none of its own', () => {
    const message: Fresh = {
      MessageAttributes: { traceparent },
      Attributes: { AWSTraceHeader: 'Root' },
      MD5OfMessageAttributes: digestOf({ traceparent: 'context' }),
    }
    hide(message, extra)
    expect(message).toStrictEqual({})
  })

  it('keeps a digest that is wrong', () => {
    const message: Fresh = { MessageAttributes: { tenant, traceparent }, MD5OfMessageAttributes: 'wrong' }
    hide(message, extra)
    expect(message.MD5OfMessageAttributes).toBe('wrong')
  })

  it('stays as it is where its user asked for all of it', () => {
    const message: Fresh = { MessageAttributes: {}, Attributes: {}, MD5OfMessageAttributes: digestOf({}) }
    const before = structuredClone(message)
    hide(message, extra)
    expect(message).toStrictEqual(before)
  })
})
