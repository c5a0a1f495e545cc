import { Kernel, wrapMethod } from '@flowstitch/core'
import type { Batch, Kafka, KafkaMessage, Message } from 'kafkajs'
import { processEach, processOne, wrapConsumer } from './consumer.ts'
import { watchEndpoint } from './endpoint.ts'
import { kafkaErrorCode } from './errors.ts'
import type { KafkaOptions } from './message.ts'
import { wrapProducer } from './producer.ts'

/**
 * Traces the producers and consumers that `kafka` makes from now on: `send`, `sendBatch`, transactions,
 * `eachMessage` and `eachBatch`. The answer is the same object; a second time is a no-op. Nothing throws that
 * kafkajs would not have thrown.
 */
export function instrumentKafka<K extends Kafka>(kafka: K, options: KafkaOptions = {}): K {
  const client: Kafka = kafka
  const kernel = new Kernel<Message, KafkaMessage>({
    system: 'kafka',
    scope: '@flowstitch/kafkajs',
    options,
    classifyError: kafkaErrorCode,
  })
  wrapMethod(client, 'producer', (original) => (config) => {
    const producer = original.call(client, config)
    wrapProducer(producer, kernel, watchEndpoint(producer))
    return producer
  })
  wrapMethod(client, 'consumer', (original) => (config) => {
    const consumer = original.call(client, config)
    wrapConsumer(consumer, kernel, watchEndpoint(consumer, config.groupId))
    return consumer
  })
  return kafka
}

/**
 * Handles the messages of a batch, in the `eachBatch` of an instrumented consumer, one after the other: each
 * in a process span and a context of its own, so that what the handler does belongs to that message's flow
 * alone. Stops at the first failure, and rejects with it.
 */
export function processKafka(batch: Batch, handler: (message: KafkaMessage) => unknown): Promise<void>
/** The same for one message of the batch, for loops of your own. The answer is the handler's. */
export function processKafka<R>(batch: Batch, message: KafkaMessage, handler: () => R): R
export function processKafka<R>(
  batch: Batch,
  second: KafkaMessage | ((message: KafkaMessage) => unknown),
  handler?: () => R,
): R | Promise<void> {
  if (typeof second === 'function') return processEach(batch, second)
  return processOne(batch, second, handler as () => R)
}

export type { KafkaOptions } from './message.ts'
