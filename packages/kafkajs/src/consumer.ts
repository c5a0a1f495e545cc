import type { Context } from '@opentelemetry/api'
import {
  extended,
  observe,
  process,
  processBatch,
  rememberContext,
  wrapMethod,
  type ProcessOperation,
} from '@flowstitch/core'
import { topicDestination, type Positions, type TopicPartition } from '@flowstitch/dialects/kafka'
import type {
  Batch,
  Consumer,
  ConsumerRunConfig,
  EachBatchHandler,
  EachMessageHandler,
  EachMessagePayload,
  KafkaMessage,
} from 'kafkajs'
import { carrier } from './carrier.ts'
import type { EndpointOf } from './endpoint.ts'
import { receivedFacts, type KafkaKernel } from './message.ts'

/** What a consumer's handlers share. */
export interface Consumption {
  readonly kernel: KafkaKernel
  readonly endpoint: EndpointOf
  readonly positions: Positions
  /** Whether what is active is what the consumer was run in: that is so in all that it does by itself. */
  isByItself: () => boolean
}

/** How one message of a batch is handled. */
type Handle = <R>(message: KafkaMessage, handler: () => R) => R

/** The batches that are being handled, for `processKafka`. */
const batches = new WeakMap<Batch, Handle>()

/** Wraps the handlers that a consumer is run with. */
export function wrapConsumer(consumer: Consumer, consumption: Consumption): void {
  wrapMethod(consumer, 'run', (original) => (config) => {
    consumption.isByItself = rememberContext()
    if (typeof config !== 'object' || config === null) return original.call(consumer, config)
    const { eachMessage, eachBatch, eachBatchAutoResolve = true } = config
    const traced: ConsumerRunConfig = {}
    if (typeof eachMessage === 'function') traced.eachMessage = tracedMessages(consumption, eachMessage)
    if (typeof eachBatch === 'function')
      traced.eachBatch = tracedBatches(consumption, eachBatch, eachBatchAutoResolve)
    return original.call(consumer, extended(config, traced))
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
  const { message } = payload
  const operation = { ...handlingOf(consumption, payload, message), message, pulled: false, delivers: true }
  return process(consumption.kernel, operation, () => handler.call(self, payload))
}

function tracedBatches(
  consumption: Consumption,
  handler: EachBatchHandler,
  resolves: boolean,
): EachBatchHandler {
  const { kernel, positions } = consumption
  return function eachBatch(this: unknown, payload) {
    const { batch } = payload
    const { topic, partition, messages } = batch
    if (!kernel.traces(topic)) return handler.call(this, payload)
    const handling = handlingOf(consumption, batch, messages[0], messages.at(-1))
    const single = { ...handling, pulled: true, delivers: false }
    const each = (message: KafkaMessage, context: Context) => {
      positions.reach(batch, [message])
      return { ...single, message, batch: context }
    }
    // Which offsets a handler resolves by itself nobody else is told.
    const done = (): unknown => resolves && positions.reach(batch, messages)
    const common = { partition: String(partition) }
    return processBatch(kernel, { ...handling, messages, common, delivers: true, each }, (context) => {
      batches.set(batch, (message, handle) => process(kernel, each(message, context), handle))
      return observe(() => handler.call(this, payload), done)
    })
  }
}

/** What the handlings of messages have in common that come from one partition together. */
function handlingOf(
  { kernel, endpoint, positions }: Consumption,
  place: TopicPartition,
  first: KafkaMessage | undefined,
  end = first,
): Pick<ProcessOperation<KafkaMessage>, 'name' | 'destination' | 'endpoint' | 'carrier' | 'facts'> {
  const attemptOf = positions.begin(place, first, end)
  return {
    name: 'process',
    destination: topicDestination(place.topic),
    endpoint: endpoint(),
    carrier,
    facts: (message) => receivedFacts(place, message, attemptOf, kernel.options),
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
  const handle = batches.get(batch)
  return handle ? handle(message, handler) : handler()
}
