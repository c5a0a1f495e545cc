import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { AdapterUnderTest } from '@flowstitch/testing'
import { instrumentSqs, processSqs } from '../src/index.ts'
import { connect, createQueue, deepFreeze } from './support.ts'

type Step = readonly [name: string, value: unknown]

/** What differs from run to run, by the place of its first appearance. */
function normalised(steps: readonly Step[], queue: string): readonly unknown[] {
  const seen = new Map<string, string>()
  const varying = new Set(['MessageId', 'ReceiptHandle', 'SentTimestamp', 'ApproximateFirstReceiveTimestamp'])
  const text = JSON.stringify(
    steps,
    (key, value: unknown) => {
      if (value instanceof Error) return [value.name, value.message, Object.entries(value)]
      if (typeof value !== 'string') return value === undefined ? '(undefined)' : value
      if (!varying.has(key)) return value.replaceAll(queue, '(queue)').replace(/^request-\d+$/, '(request)')
      if (!seen.has(value)) seen.set(value, `${key} ${seen.size}`)
      return seen.get(value)
    },
    2,
  )
  return JSON.parse(text) as readonly unknown[]
}

/** The same calls on any client: what each gave, in order. */
async function script(client: SQSClient): Promise<readonly unknown[]> {
  const QueueUrl = await createQueue(client, { VisibilityTimeout: '30' })
  const steps: Step[] = []
  const step = async (name: string, call: () => unknown): Promise<unknown> => {
    const value = await Promise.try(call).catch((error: unknown) => error)
    steps.push([name, value])
    return value
  }
  const attribute = { DataType: 'String', StringValue: 'blue' }
  const bytes = { DataType: 'Binary.png', BinaryValue: new Uint8Array([0, 255, 1]) }
  const ten = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`a${n}`, attribute]))
  const send = (input: object): (() => unknown) => {
    return () => client.send(new SendMessageCommand(deepFreeze({ QueueUrl, MessageBody: 'x', ...input })))
  }
  const asks: Partial<ReceiveMessageCommandInput>[] = [
    {},
    { MessageAttributeNames: ['tenant'] },
    { MessageAttributeNames: ['tenant', 'image'], AttributeNames: ['SentTimestamp' as never] },
    { MessageSystemAttributeNames: ['ApproximateReceiveCount'] },
    { AttributeNames: ['SenderId' as never], MessageSystemAttributeNames: ['SentTimestamp'] },
    { AttributeNames: ['All'] },
    { MessageAttributeNames: [], MessageSystemAttributeNames: [] },
  ]

  for (const ask of asks) {
    await step('send', send({ MessageAttributes: { tenant: attribute, image: bytes } }))
    const received = await step('receive', () =>
      client.send(new ReceiveMessageCommand(deepFreeze({ QueueUrl, WaitTimeSeconds: 5, ...ask }))),
    )
    const { Messages } = received as { Messages?: { ReceiptHandle?: string }[] }
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle
    await step('handle', () => processSqs(Messages, (message) => steps.push(['handled', message])))
    const change = { QueueUrl, ReceiptHandle, VisibilityTimeout: 60 }
    await step('change', () => client.send(new ChangeMessageVisibilityCommand(deepFreeze(change))))
    await step('delete', () => client.send(new DeleteMessageCommand(deepFreeze({ QueueUrl, ReceiptHandle }))))
  }

  await step('send plain', send({}))
  await step('send full', send({ MessageAttributes: ten }))
  await step('send too many', send({ MessageAttributes: { ...ten, more: attribute } }))
  await step('send nothing', send({ MessageBody: undefined }))
  await step('send no attributes', send({ MessageAttributes: null }))
  await step('send no attribute', send({ MessageAttributes: { a: null } }))
  await step('send what are no attributes', send({ MessageAttributes: 'text' }))
  await step('send nowhere', send({ QueueUrl: undefined }))
  await step('send wherever', send({ QueueUrl: `${QueueUrl}-gone` }))
  await step('send batch', () => {
    const Entries = [
      { Id: 'a', MessageBody: '1', MessageAttributes: { tenant: attribute } },
      { Id: 'b', MessageBody: '2', DelaySeconds: 100_000 },
      { Id: 'c', MessageBody: '3' },
    ]
    return client.send(new SendMessageBatchCommand(deepFreeze({ QueueUrl, Entries })))
  })
  const batches: unknown[] = [undefined, [], [null], [{ Id: 'a' }], 'text']
  for (const Entries of batches) {
    await step('send what is no batch', () => {
      return client.send(new SendMessageBatchCommand({ QueueUrl, Entries: Entries as never }))
    })
    await step('delete what is no batch', () => {
      return client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: Entries as never }))
    })
  }
  await step('delete unknown', () => {
    const Entries = [{ Id: 'a', ReceiptHandle: 'unknown' }]
    return client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  })
  await step('receive from nowhere', () => {
    return client.send(new ReceiveMessageCommand({ QueueUrl: `${QueueUrl}-gone` }))
  })
  await step('receive with garbage', () => {
    return client.send(new ReceiveMessageCommand({ QueueUrl, AttributeNames: 'All' as never }))
  })
  await step('another call', () => {
    return client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] }))
  })
  return normalised(steps, QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1))
}

export const transcript: AdapterUnderTest['transcript'] = async (which) => {
  const client = connect()
  const seen = await script(which === 'bare' ? client : instrumentSqs(client))
  client.destroy()
  return seen
}
