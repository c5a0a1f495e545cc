import { randomUUID } from 'node:crypto'
import type * as amqplib from 'amqplib'
import { Transcript } from './transcript.ts'

/** One message through RabbitMQ, with the module as the program has loaded it, in one or more ways. */
export async function tell(...loaded: readonly (typeof amqplib)[]): Promise<void> {
  const transcript = new Transcript()
  const [{ connect }] = loaded as [typeof amqplib]
  for (const each of loaded) transcript.note('the module', [Object.keys(each), each.connect === connect])
  transcript.noteFunction('connect', connect)
  await transcript.noteFailure('nobody is there', () => connect('amqp://127.0.0.1:1'))
  await transcript.noteFailure('no address', () => connect('nonsense://'))

  const connection = await connect(process.env['FLOWSTITCH_AMQP']!)
  transcript.note('the connection', [connection.constructor.name, Object.keys(connection)])
  const channel = await connection.createConfirmChannel()
  transcript.note('the channel', [channel.constructor.name, Object.keys(channel)])
  const { queue } = await channel.assertQueue(`auto-${randomUUID()}`)
  transcript.note('published', channel.sendToQueue(queue, Buffer.from('hello'), { headers: { mine: 1 } }))
  await channel.waitForConfirms()
  const received = await new Promise<amqplib.Message>((resolve, reject) => {
    channel.consume(queue, (message) => resolve(message!)).catch(reject)
  })
  channel.ack(received)
  transcript.note('received', [String(received.content), received.fields.deliveryTag])
  await channel.deleteQueue(queue)
  await connection.close()
  transcript.print()
}
