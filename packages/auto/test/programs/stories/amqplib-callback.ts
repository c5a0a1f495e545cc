import { randomUUID } from 'node:crypto'
import type * as amqplib from 'amqplib/callback_api'
import { Transcript } from './transcript.ts'

type Callback<T> = (error: Error | null | undefined, answer: T) => void

function answerOf<T>(call: (callback: Callback<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => (error ? reject(error) : resolve(answer)))
  })
}

/** One message through RabbitMQ, by the callback API. */
export async function tell({ connect }: typeof amqplib): Promise<void> {
  const transcript = new Transcript()
  transcript.noteFunction('connect', connect)
  await transcript.noteFailure('nobody is there', () =>
    answerOf((done) => connect('amqp://127.0.0.1:1', done)),
  )

  const url = process.env['FLOWSTITCH_AMQP']!
  const connection = await answerOf<amqplib.Connection>((done) => connect(url, done))
  transcript.note('the connection', [connection.constructor.name, Object.keys(connection)])
  const channel = await answerOf<amqplib.Channel>((done) => connection.createChannel(done))
  const queue = `auto-${randomUUID()}`
  await answerOf((done) => channel.assertQueue(queue, {}, done))
  transcript.note('published', channel.sendToQueue(queue, Buffer.from('hello')))
  const received = await new Promise<amqplib.Message>((resolve) => {
    channel.consume(queue, (message) => resolve(message!))
  })
  channel.ack(received)
  transcript.note('received', String(received.content))
  await answerOf((done) => channel.deleteQueue(queue, {}, done))
  await new Promise((resolve) => connection.close(resolve))
  transcript.print()
}
