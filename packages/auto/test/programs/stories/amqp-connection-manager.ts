import { randomUUID } from 'node:crypto'
import type * as manager from 'amqp-connection-manager'
import type { ConfirmChannel } from 'amqplib'
import { Transcript } from './transcript.ts'

/** One message through RabbitMQ, over a manager of connections. */
export async function tell({ connect, default: { connect: sameConnect } }: typeof manager): Promise<void> {
  const transcript = new Transcript()
  transcript.noteFunction('connect', connect)
  transcript.noteFunction('connect of the default export', sameConnect)
  const connections = sameConnect([process.env['FLOWSTITCH_AMQP']!])
  transcript.note('the manager', [connections.constructor.name, Object.keys(connections)])
  const queue = `auto-${randomUUID()}`
  const channel = connections.createChannel({
    setup: (made: ConfirmChannel) => made.assertQueue(queue, { autoDelete: true }),
  })
  transcript.note('published', await channel.sendToQueue(queue, Buffer.from('hello')))
  await new Promise<void>((resolve, reject) => {
    const handle = (message: { content: Buffer }): void => {
      transcript.note('received', String(message.content))
      channel.ack(message as Parameters<typeof channel.ack>[0])
      resolve()
    }
    channel.consume(queue, handle).catch(reject)
  })
  await connections.close()
  transcript.print()
}
