import { process, processBatch, wrapMethod } from '@flowstitch/core'
import type { Batch, Consumer, EachBatchHandler, EachMessageHandler, KafkaMessage } from 'kafkajs'
import { carrier } from './carrier.ts'
import type { EndpointOf } from './endpoint.ts'
import { receivedFacts, topicDestination, type KafkaKernel } from './message.ts'

type BatchContext = Parameters<Parameters<typeof processBatch>[2]>[0]

interface BatchDelivery {
  readonly kernel: KafkaKernel
  readonly endpoint: EndpointOf
  readonly context: BatchContext
}

/** Which batch of which consumer is being handled in which context, for `processKafka`. */
const deliveries = new WeakMap<Batch, BatchDelivery>()

/** Wraps the handlers that a consumer is run with. */
export function wrapConsumer(consumer: Consumer, kernel: KafkaKernel, endpoint: EndpointOf): void {
  wrapMethod(consumer, 'run', (original) => (config) => {
    if (typeof config !== 'object' || config === null) return original.call(consumer, config)
    const { eachMessage, eachBatch } = config
    return original.call(consumer, {
      ...config,
      ...(typeof eachMessage === 'function'
        ? { eachMessage: tracedMessages(kernel, endpoint, eachMessage) }
        : {}),
      ...(typeof eachBatch === 'function' ? { eachBatch: tracedBatches(kernel, endpoint, eachBatch) } : {}),
    })
  })
}

function tracedMessages(
  kernel: KafkaKernel,
  endpoint: EndpointOf,
  handler: EachMessageHandler,
): EachMessageHandler {
  return function eachMessage(this: unknown, payload) {
    const { topic, partition, message } = payload
    if (!kernel.traces(topic)) return handler.call(this, payload)
    const operation = {
      name: 'process',
      destination: topicDestination(topic),
      endpoint: endpoint(),
      message,
      facts: receivedFacts(partition, message, kernel.options),
      carrier,
      pulled: false,
      delivers: true,
    }
    return process(kernel, operation, () => handler.call(this, payload))
  }
}

function tracedBatches(
  kernel: KafkaKernel,
  endpoint: EndpointOf,
  handler: EachBatchHandler,
): EachBatchHandler {
  return function eachBatch(this: unknown, payload) {
    const { batch } = payload
    if (!kernel.traces(batch.topic)) return handler.call(this, payload)
    const operation = {
      name: 'process',
      destination: topicDestination(batch.topic),
      endpoint: endpoint(),
      messages: batch.messages,
      common: { partition: String(batch.partition) },
      carrier,
      facts: (message: KafkaMessage) => receivedFacts(batch.partition, message, kernel.options),
      delivers: true,
    }
    return processBatch(kernel, operation, (context) => {
      deliveries.set(batch, { kernel, endpoint, context })
      return handler.call(this, payload)
    })
  }
}

/**
 * Handles the messages of a batch one after the other, each in a span and a context of its own: what the
 * handler does belongs to that message's flow alone. The first failure ends it, as in a loop of your own.
 */
export async function processEach(batch: Batch, handler: (message: KafkaMessage) => unknown): Promise<void> {
  for (const message of batch.messages) await processOne(batch, message, () => handler(message))
}

/** Handles one message of a batch in a span and a context of its own. The answer is the handler's. */
export function processOne<R>(batch: Batch, message: KafkaMessage, handler: () => R): R {
  const delivery = deliveries.get(batch)
  if (!delivery) return handler()
  const { kernel, endpoint, context } = delivery
  const operation = {
    name: 'process',
    destination: topicDestination(batch.topic),
    endpoint: endpoint(),
    message,
    facts: receivedFacts(batch.partition, message, kernel.options),
    carrier,
    pulled: true,
    delivers: false,
    batch: context,
  }
  return process(kernel, operation, handler)
}
