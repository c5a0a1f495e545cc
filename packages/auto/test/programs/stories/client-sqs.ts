import { randomUUID } from 'node:crypto'
import type * as sqs from '@aws-sdk/client-sqs'
import { Transcript } from './transcript.ts'

/** One message through SQS, with the module as the program has loaded it, in one or more ways. */
export async function tell(...loaded: readonly (typeof sqs)[]): Promise<void> {
  const transcript = new Transcript()
  const [{ SQSClient, SQS, CreateQueueCommand, SendMessageCommand }] = loaded as [typeof sqs]
  for (const each of loaded) {
    transcript.note('the module', [Object.keys(each), each.SQSClient === SQSClient, each.SQS === SQS])
  }
  transcript.noteFunction('SQSClient', SQSClient)
  transcript.noteFunction('SQS', SQS)

  const config: sqs.SQSClientConfig = {
    endpoint: process.env['FLOWSTITCH_SQS'],
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  class Queue extends SQSClient {
    readonly name: string = `auto-${randomUUID()}`
  }
  const client = new Queue(config)
  const aggregated = new SQS(config)
  transcript.noteInstance('Queue', client, Queue)
  transcript.noteInstance('SQS', aggregated, SQS)
  transcript.note('an SQS is an SQSClient', [aggregated instanceof SQSClient, aggregated instanceof Queue])

  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: client.name }))
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
  transcript.note('sent', Object.keys(sent))
  const { Messages = [] } = await aggregated.receiveMessage({ QueueUrl, WaitTimeSeconds: 10 })
  transcript.note('received', [Object.keys(Messages[0]!), Messages[0]!.Body])
  await transcript.noteFailure('nowhere', () => aggregated.sendMessage({} as sqs.SendMessageCommandInput))
  await aggregated.deleteQueue({ QueueUrl })
  client.destroy()
  aggregated.destroy()
  transcript.print()
}
