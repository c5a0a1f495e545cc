import type { Prepare } from '../scenario.ts'
import type { Order } from './amqplib-ack.ts'

/** Each is loaded by the process that runs it, and by no other. */
export const scenarios: Readonly<Record<string, () => Promise<{ prepare: Prepare }>>> = {
  'kafkajs send of one': () => import('./kafkajs-send.ts'),
  'kafkajs send of 100': () => import('./kafkajs-send-100.ts'),
  'kafkajs eachMessage': () => import('./kafkajs-each-message.ts'),
  'kafkajs eachBatch of 100': () => import('./kafkajs-each-batch-100.ts'),
  'amqplib sendToQueue': () => import('./amqplib-publish.ts'),
  'amqplib consume and ack': () => import('./amqplib-consume.ts'),
  'amqplib ack alone, 10 unacked, in any order': () => ack(10, 'in any order'),
  'amqplib ack alone, 10,000 unacked, in any order': () => ack(10_000, 'in any order'),
  'amqplib ack alone, 10,000 unacked, oldest first': () => ack(10_000, 'oldest first'),
  'amqplib ack alone, 10,000 unacked, newest first': () => ack(10_000, 'newest first'),
  'amqplib unacked, span open': () => retained(() => {}),
  'amqplib unacked, span ended': () => retained(async () => {}),
}

/** The scenarios that go on for as long as memory lasts. */
export const retaining: ReadonlySet<string> = new Set([
  'amqplib unacked, span open',
  'amqplib unacked, span ended',
])

async function ack(open: number, order: Order): Promise<{ prepare: Prepare }> {
  const { preparing } = await import('./amqplib-ack.ts')
  return { prepare: preparing(open, order) }
}

async function retained(handler: () => void | Promise<void>): Promise<{ prepare: Prepare }> {
  const { preparing } = await import('./amqplib-retained.ts')
  return { prepare: preparing(handler) }
}
