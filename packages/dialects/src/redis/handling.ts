import { guard, process, startProcess, type MessageFacts } from '@flowstitch/core'
import { receivedCarrier } from './carrier.ts'
import { placeFacts, sizeFacts, type RedisEntry } from './entry.ts'
import type { RedisOptions, RedisTracing } from './kernel.ts'
import { Memory } from './memory.ts'
import { receivedPayloadCarrier, payloadFacts, type RedisMessage } from './message.ts'
import { entriesOf, streamsOf } from './reading.ts'
import { awaitSettlement } from './settling.ts'
import { textOf, type RedisText } from './text.ts'

/** Where an entry comes from. */
export interface RedisSource {
  /** The stream's key, with the client's `keyPrefix`. */
  readonly stream: string
  readonly group?: string | undefined
  readonly consumer?: string | undefined
}

interface Delivery extends RedisSource {
  readonly tracing: RedisTracing
  readonly attempt: number | undefined
}

/** How each entry came to the application: by a command that has a receive span. */
const deliveries = new WeakMap<RedisEntry, Delivery>()

/** Entries of streams that their client leaves alone: that is so for their handling, too. */
const left = new WeakSet<RedisEntry>()

export function deliver(entry: RedisEntry, delivery: Delivery): void {
  deliveries.set(entry, delivery)
}

export function leave(entry: RedisEntry): void {
  left.add(entry)
}

/** Where an entry came from, if by a traced command. */
export function sourceOf(entry: RedisEntry): Delivery | undefined {
  return deliveries.get(entry)
}

/** Handles one entry in a process span and a context of its own. `nobody` is for those that no traced client has read. */
export function processEntry<E extends RedisEntry, R>(
  entry: E,
  handler: (entry: E) => R,
  source: RedisSource | undefined,
  nobody: () => RedisTracing,
): R {
  if (left.has(entry)) return handler(entry)
  const delivery = deliveries.get(entry)
  const tracing = delivery?.tracing ?? nobody()
  const from = source ?? delivery
  const { kernel } = tracing
  if (!kernel.traces(from?.stream)) return handler(entry)
  const facts = guard(
    'describing an entry',
    () => entryFacts(entry, { ...delivery, ...from }, kernel.options),
    {},
  )
  const processing = startProcess(kernel, {
    name: 'process',
    destination: from && { name: from.stream },
    endpoint: endpointOf(tracing, from),
    message: entry,
    facts: () => facts,
    carrier: receivedCarrier,
    pulled: true,
    delivers: delivery === undefined,
  })
  if (from?.group !== undefined && facts.id !== undefined) {
    awaitSettlement(tracing, from.stream, from.group, facts.id, processing)
  }
  return processing.handle(() => handler(entry))
}

/** Handles the entries of a reply one after the other. The first failure ends it, as in a loop of your own. */
export async function processEntries(
  reply: unknown,
  handler: (entry: RedisEntry, stream: string) => unknown,
  nobody: () => RedisTracing,
): Promise<void> {
  const list = entriesOf(reply)
  for (const [stream, entries] of list.length > 0 ? [[undefined, list] as const] : streamsOf(reply)) {
    const asked = stream === undefined ? undefined : { stream }
    for (const entry of entries) {
      const source = deliveries.get(entry) ?? asked
      await processEntry(entry, () => handler(entry, source?.stream ?? ''), source, nobody)
    }
  }
}

export function entryFacts(
  [id, fields]: RedisEntry,
  from: Partial<Delivery> | undefined,
  options: RedisOptions,
): MessageFacts {
  return { ...placeFacts(from?.stream, id), attempt: from?.attempt, ...sizeFacts(fields, options) }
}

export function endpointOf(
  { endpoint }: RedisTracing,
  source: Partial<RedisSource> | undefined,
): RedisTracing['endpoint'] {
  return { ...endpoint, consumerGroup: source?.group, clientId: source?.consumer ?? endpoint.clientId }
}

/** What has come out of lists, until it is handled. */
const popped = new Memory<{ readonly tracing: RedisTracing; readonly message: RedisMessage }>()

export function rememberValue(tracing: RedisTracing, message: RedisMessage): void {
  popped.put(message.destination, textOf(message.payload), { tracing, message })
}

/** Handles a value of a list in a process span, in the context that it came with. */
export function processValue<V extends RedisText, R>(
  list: string,
  value: V,
  handler: (value: V) => R,
  nobody: () => RedisTracing,
): R {
  const known = popped.take(list, textOf(value))
  const { kernel, endpoint } = known?.tracing ?? nobody()
  if (!kernel.traces(list)) return handler(value)
  const operation = {
    name: 'process',
    destination: { name: list },
    endpoint,
    message: known?.message ?? { destination: list, payload: value, headers: {} },
    facts: (message: RedisMessage) => payloadFacts(message, kernel.options),
    carrier: receivedPayloadCarrier,
    pulled: true,
    delivers: known === undefined,
  }
  return process(kernel, operation, () => handler(value))
}
