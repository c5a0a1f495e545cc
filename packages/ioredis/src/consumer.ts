import { guard, receive, startProcess, type MessageFacts } from '@flowstitch/core'
import type { Command } from 'ioredis'
import type { Read } from './arguments.ts'
import { receivedCarrier, takeContext } from './carrier.ts'
import { replyOf, told } from './command.ts'
import {
  bodySize,
  placeFacts,
  streamDestination,
  type RedisEntry,
  type RedisOptions,
  type RedisSource,
} from './message.ts'
import type { Queued } from './pipeline.ts'
import { entriesOf, streamsOf, type StreamEntries } from './reply.ts'
import { awaitSettlement } from './settlement.ts'
import { defaultTracing, type Tracing } from './tracing.ts'

interface Delivery extends RedisSource {
  readonly tracing: Tracing
  readonly attempt: number | undefined
}

/** How each entry came to the application: by a command that has a receive span. */
const deliveries = new WeakMap<RedisEntry, Delivery>()

/** Entries of streams that their client leaves alone: that is so for their handling, too. */
const left = new WeakSet<RedisEntry>()

/** Sends a command that asks for entries; `entriesIn` finds them in its reply. */
export function read<R>(
  tracing: Tracing,
  command: Command,
  name: string,
  asked: Read,
  queued: Queued | undefined,
  entriesIn: (reply: unknown) => readonly StreamEntries[],
  call: () => R,
): R {
  const { kernel } = tracing
  const { streams, group, consumer } = asked
  const traced = new Set(streams.filter((stream) => kernel.traces(stream)))
  const reply = replyOf(command, queued?.pipeline, (value) =>
    entriesIn(value).flatMap(([stream, entries]) => {
      if (tracing.ignores(stream)) entries.forEach((entry) => left.add(entry))
      else entries.forEach(takeContext)
      if (!traced.has(stream)) return []
      const delivery = { tracing, stream, group, consumer, attempt: asked.attempt(stream) }
      for (const entry of entries) deliveries.set(entry, delivery)
      return entries
    }),
  )
  if (traced.size === 0) return call()
  const only = streams.length === 1 ? streams[0] : undefined
  const operation = {
    name,
    destination: only === undefined ? undefined : streamDestination(only),
    endpoint: endpointOf(tracing, asked),
    carrier: receivedCarrier,
    messages: (entries: unknown) => entries as readonly RedisEntry[],
    facts: (entry: RedisEntry) => {
      const delivery = deliveries.get(entry)
      const facts = factsOf(entry, delivery, kernel.options)
      return only === undefined && delivery
        ? { ...facts, destination: streamDestination(delivery.stream) }
        : facts
    },
  }
  let answer: R
  receive(kernel, operation, () => {
    answer = call()
    return reply
  }).catch(told)
  return answer!
}

/** Handles one entry in a process span and a context of its own. */
export function processOne<E extends RedisEntry, R>(
  entry: E,
  handler: (entry: E) => R,
  source: RedisSource | undefined,
): R {
  if (left.has(entry)) return handler(entry)
  const delivery = deliveries.get(entry)
  const tracing = delivery?.tracing ?? defaultTracing()
  const from = source ?? delivery
  const { kernel } = tracing
  if (!kernel.traces(from?.stream)) return handler(entry)
  const facts = guard(
    'describing an entry',
    () => factsOf(entry, { ...delivery, ...from }, kernel.options),
    {},
  )
  const operation = {
    name: 'process',
    destination: from && streamDestination(from.stream),
    endpoint: endpointOf(tracing, from),
    message: entry,
    facts: () => facts,
    carrier: receivedCarrier,
    pulled: true,
    delivers: delivery === undefined,
  }
  const processing = startProcess(kernel, operation)
  if (from?.group !== undefined && facts.id !== undefined) {
    awaitSettlement(tracing, from.stream, from.group, facts.id, processing)
  }
  return processing.handle(() => handler(entry))
}

/** Handles the entries of a reply one after the other. The first failure ends it, as in a loop of your own. */
export async function processEach(
  reply: unknown,
  handler: (entry: RedisEntry, stream: string) => unknown,
): Promise<void> {
  const list = entriesOf(reply)
  for (const [stream, entries] of list.length > 0 ? [[undefined, list] as const] : streamsOf(reply)) {
    const asked = stream === undefined ? undefined : { stream }
    for (const entry of entries) {
      const source = deliveries.get(entry) ?? asked
      await processOne(entry, () => handler(entry, source?.stream ?? ''), source)
    }
  }
}

function factsOf(
  [id, fields]: RedisEntry,
  from: Partial<Delivery> | undefined,
  options: RedisOptions,
): MessageFacts {
  return {
    ...placeFacts(from?.stream, id),
    attempt: from?.attempt,
    bodySize: fields ? bodySize(fields, options) : undefined,
  }
}

function endpointOf({ endpoint }: Tracing, source: Partial<RedisSource> | undefined): Tracing['endpoint'] {
  return { ...endpoint, consumerGroup: source?.group, clientId: source?.consumer ?? endpoint.clientId }
}
