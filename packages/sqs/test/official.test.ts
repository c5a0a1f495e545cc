import { diag, DiagLogLevel } from '@opentelemetry/api'
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { recordMetrics, recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { instrumentSqs, processSqs } from '../src/index.ts'
import { connect, createQueue, wrappedByOfficial } from './support.ts'

const OFFICIAL = '@opentelemetry/instrumentation-aws-sdk'

describe("a client that OpenTelemetry's own instrumentation has wrapped", () => {
  let recorder: SpanRecorder
  beforeEach(() => {
    recorder = recordSpans()
  })
  afterEach(() => recorder.shutdown())

  const open = async () => {
    const client = instrumentSqs(wrappedByOfficial(connect()))
    const QueueUrl = await createQueue(client)
    recorder.clear()
    onTestFinished(() => client.destroy())
    const receive = async () => {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }))
      return Messages
    }
    return { client, QueueUrl, receive }
  }
  const namesOf = (scope: string): string[] =>
    recorder.spans
      .filter(({ instrumentationScope }) => instrumentationScope.name === scope)
      .map(({ name }) => name)

  it('has its calls traced by that alone, and the handling of its messages here', async () => {
    const metrics = recordMetrics()
    const { client, QueueUrl, receive } = await open()
    const queue = QueueUrl.split('/').at(-1)
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    const [message] = await receive()
    if (!message) throw new Error('no message came')
    await processSqs(message, async () => {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    })
    expect(namesOf(OFFICIAL)).toEqual([`${queue} send`, `${queue} receive`, 'SQS.DeleteMessage'])
    expect(namesOf('@flowstitch/sqs')).toEqual([`process ${queue}`])
    const [sent, handled] = [recorder.spans[0], recorder.spans.at(-1)]
    expect(handled?.links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
    expect(handled?.attributes).toMatchObject({ 'flowstitch.message.attempt': 1 })
    expect(metrics.of('messaging.client.consumed.messages')).toHaveLength(1)
  })

  it('sends the context of that alone with each message of a batch', async () => {
    const { client, QueueUrl, receive } = await open()
    const Entries = [1, 2].map((n) => ({ Id: String(n), MessageBody: 'x' }))
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    const sent = recorder.spans[0]?.spanContext().spanId
    const links: (string | undefined)[] = []
    for (let n = 0; n < 2;) {
      const messages = await receive()
      n += messages.length
      await processSqs(messages, () => {})
    }
    for (const span of recorder.spans) {
      if (span.name.startsWith('process ')) links.push(...span.links.map(({ context }) => context.spanId))
    }
    expect(links).toEqual([sent, sent])
  })

  it('is told of once', async () => {
    const warn = vi.fn<(text: string) => void>()
    diag.setLogger({ ...console, verbose: () => {}, warn }, DiagLogLevel.WARN)
    onTestFinished(() => diag.disable())
    const { client, QueueUrl } = await open()
    for (let n = 0; n < 3; n++) await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))
    expect(warn.mock.calls.filter(([text]) => text.includes('left to it'))).toHaveLength(1)
  })
})
