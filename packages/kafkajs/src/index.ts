import { Kernel, wrapMethod } from '@flowstitch/core'
import { GroupPositions, Positions, type ChosenPartitions } from '@flowstitch/dialects/kafka'
import type { Batch, Consumer, Kafka, KafkaMessage, Message, Producer } from 'kafkajs'
import { processEach, processOne, wrapConsumer } from './consumer.ts'
import { defaultPartitioner } from './default-partitioner.ts'
import { watchConsumer, watchProducer } from './endpoint.ts'
import { kafkaErrorCode } from './errors.ts'
import type { KafkaKernel, KafkaOptions } from './message.ts'
import { listening } from './partitioning.ts'
import { wrapProducer } from './producer.ts'
import { traceCommits } from './settlement.ts'

/**
 * Traces the producers and consumers that `client` makes from now on, or the one that it is: `send`, `sendBatch`,
 * transactions, `eachMessage`, `eachBatch` and the commits of offsets. A consumer has to be instrumented before
 * it is run. What makes clients by itself, as `ServerKafka` and `ClientKafka` of NestJS do, has its clients traced.
 *
 * The answer is the same object; a second time is a no-op. Nothing throws later that kafkajs would not have thrown.
 *
 * @throws TypeError where it is given something else
 */
export function instrumentKafka<T extends Kafka | Producer | Consumer | KafkaFactory>(
  client: T,
  options: KafkaOptions = {},
): T {
  const kernel = new Kernel<Message, KafkaMessage>({
    system: 'kafka',
    scope: '@flowstitch/kafkajs',
    options,
    classifyError: kafkaErrorCode,
  })
  if (typeof client !== 'object' || client === null) throw refusal()
  if ('createClient' in client) traceFactory(client, kernel)
  else if ('send' in client) traceProducer(client, kernel)
  else if ('run' in client) traceConsumer(client, kernel)
  else if ('producer' in client) traceKafka(client, kernel)
  else throw refusal()
  return client
}

function refusal(): TypeError {
  return new TypeError(
    'instrumentKafka takes a Kafka, a producer or a consumer of kafkajs, or what makes them',
  )
}

function traceFactory(factory: KafkaFactory, kernel: KafkaKernel): void {
  wrapMethod(factory, 'createClient', (original) => () => {
    const kafka = original.call(factory)
    traceKafka(kafka, kernel)
    return kafka
  })
}

function traceKafka(kafka: Kafka, kernel: KafkaKernel): void {
  const groups = new GroupPositions()
  wrapMethod(kafka, 'producer', (original) => (config) => {
    const { config: listened, chosen } = listening(config, () => defaultPartitioner(kafka, original))
    const producer = original.call(kafka, listened)
    traceProducer(producer, kernel, chosen)
    return producer
  })
  wrapMethod(kafka, 'consumer', (original) => (config) => {
    const consumer = original.call(kafka, config)
    traceConsumer(consumer, kernel, config.groupId, groups.of(config.groupId))
    return consumer
  })
}

function traceProducer(producer: Producer, kernel: KafkaKernel, chosen?: ChosenPartitions): void {
  wrapProducer(producer, { kernel, endpoint: watchProducer(producer), chosen })
}

function traceConsumer(
  consumer: Consumer,
  kernel: KafkaKernel,
  groupId?: string,
  positions: Positions = new Positions(),
): void {
  const consumption = {
    kernel,
    endpoint: watchConsumer(consumer, groupId),
    positions,
    isByItself: () => true,
  }
  wrapConsumer(consumer, consumption)
  traceCommits(consumer, consumption)
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

/** What makes a client of kafkajs by itself: the transports of NestJS. */
export interface KafkaFactory {
  createClient(): Kafka
}

export type { KafkaOptions } from './message.ts'
