import { process, processBatch, wrapMethod, type ProcessOperation } from '@flowstitch/core'
import { topicDestination } from '@flowstitch/dialects/kafka'
import type {
  Batch,
  Consumer,
  EachBatchHandler,
  EachMessageHandler,
  EachMessagePayload,
  KafkaMessage,
} from 'kafkajs'
import { carrier } from './carrier.ts'
import type { EndpointOf } from './endpoint.ts'
import { receivedFacts, type KafkaKernel } from './message.ts'
import type { Positions } from './positions.ts'

type BatchContext = Parameters<Parameters<typeof processBatch>[2]>[0]

/** What a consumer's handlers share. */
export interface Consumption {
  readonly kernel: KafkaKernel
  readonly endpoint: EndpointOf
  readonly positions: Positions
}

interface Delivery extends Consumption {
  /** Of the batch that it is handled in. */
  readonly context?: BatchContext
  readonly attemptOf: (offset: number) => number | undefined
}

/** Which batch of which consumer is being handled in which context, for `processKafka`. */
const deliveries = new WeakMap<Batch, Delivery>()

/** Wraps the handlers that a consumer is run with. */
export function wrapConsumer(consumer: Consumer, consumption: Consumption): void {
  wrapMethod(consumer, 'run', (original) => (config) => {
    if (typeof config !== 'object' || config === null) return original.call(consumer, config)
    const { eachMessage, eachBatch } = config
    return original.call(consumer, {
      ...config,
      ...(typeof eachMessage === 'function' ? { eachMessage: tracedMessages(consumption, eachMessage) } : {}),
      ...(typeof eachBatch === 'function' ? { eachBatch: tracedBatches(consumption, eachBatch) } : {}),
    })
  })
}

/** Closures stand apart: a call that is not traced makes none. */
function tracedMessages(consumption: Consumption, handler: EachMessageHandler): EachMessageHandler {
  return function eachMessage(this: unknown, payload) {
    if (!consumption.kernel.traces(payload.topic)) return handler.call(this, payload)
    return handleMessage(consumption, payload, handler, this)
  }
}

function handleMessage(
  consumption: Consumption,
  payload: EachMessagePayload,
  handler: EachMessageHandler,
  self: unknown,
): Promise<void> {
  const { topic, partition, message } = payload
  const attemptOf = consumption.positions.begin(topic, partition, [message])
  const operation = operationOf({ ...consumption, attemptOf }, payload, message)
  return process(consumption.kernel, operation, () => handler.call(self, payload))
}

function tracedBatches(consumption: Consumption, handler: EachBatchHandler): EachBatchHandler {
  const { kernel, endpoint, positions } = consumption
  return function eachBatch(this: unknown, payload) {
    const { batch } = payload
    const { topic, partition, messages } = batch
    if (!kernel.traces(topic)) return handler.call(this, payload)
    const attemptOf = positions.begin(topic, partition, messages)
    const operation = {
      name: 'process',
      destination: topicDestination(topic),
      endpoint: endpoint(),
      messages,
      common: { partition: String(partition) },
      carrier,
      facts: (message: KafkaMessage) => receivedFacts(topic, partition, message, attemptOf, kernel.options),
      delivers: true,
      each: (message: KafkaMessage, context: BatchContext) =>
        operationOf({ ...consumption, context, attemptOf }, batch, message),
    }
    return processBatch(kernel, operation, (context) => {
      deliveries.set(batch, { ...consumption, context, attemptOf })
      return handler.call(this, payload)
    })
  }
}

/**
 * Handles the messages of a batch one after the other, each in a span and a context of its own: what the
 * handler does belongs to that message's flow alone. The first failure ends it, as in a loop of your own.
 */
export async function processEach(batch: Batch, handler: (message: KafkaMessage) => unknown): Promise<void> {
  // Not `for … of`, whose body has a context already.
  for (let index = 0; index < batch.messages.length; index++) {
    const message = batch.messages[index]!
    await processOne(batch, message, () => handler(message))
  }
}

/** Handles one message of a batch in a span and a context of its own. The answer is the handler's. */
export function processOne<R>(batch: Batch, message: KafkaMessage, handler: () => R): R {
  const delivery = deliveries.get(batch)
  if (!delivery) return handler()
  return process(delivery.kernel, operationOf(delivery, batch, message), handler)
}

/** The handling of a message: of one in a batch, where there is the batch's context. */
function operationOf(
  { kernel, endpoint, context, attemptOf }: Delivery,
  { topic, partition }: Pick<Batch, 'topic' | 'partition'>,
  message: KafkaMessage,
): ProcessOperation<KafkaMessage> {
  return {
    name: 'process',
    destination: topicDestination(topic),
    endpoint: endpoint(),
    message,
    facts: () => receivedFacts(topic, partition, message, attemptOf, kernel.options),
    carrier,
    pulled: context !== undefined,
    delivers: context === undefined,
    batch: context,
  }
}
