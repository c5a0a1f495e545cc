import type { Prepare } from '../scenario.ts'

/** Each is loaded by the process that runs it, and by no other. */
export const scenarios: Readonly<Record<string, () => Promise<{ prepare: Prepare }>>> = {
  'kafkajs send of one': () => import('./kafkajs-send.ts'),
  'kafkajs send of 100': () => import('./kafkajs-send-100.ts'),
  'kafkajs eachMessage': () => import('./kafkajs-each-message.ts'),
  'kafkajs eachBatch of 100': () => import('./kafkajs-each-batch-100.ts'),
  'amqplib sendToQueue': () => import('./amqplib-publish.ts'),
  'amqplib consume and ack': () => import('./amqplib-consume.ts'),
}
