import { guard, receive, startProcess, type MessageFacts } from '@flowstitch/core'
import {
  entriesOf,
  placeFacts,
  readOf,
  sizeFacts,
  streamsOf,
  type Read,
  type RedisEntry,
} from '@flowstitch/dialects/redis'
import { receivedCarrier, takeContext } from './carrier.ts'
import { replyOf, told, type SentCommand } from './command.ts'
import type { RedisOptions, RedisSource } from './message.ts'
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

/** Sends a command that asks for entries. */
export function read<R>(sent: SentCommand<R>): R {
  const { tracing, name, command, call } = sent
  const { kernel } = tracing
  const asked = guard('reading a command', () => readOf(name, command.args), undefined)
  if (!asked) return call()
  const { streams } = asked
  const traced = new Set(streams.filter((stream) => kernel.traces(stream)))
  const reply = replyOf(sent, (value) => arrive(tracing, asked, traced, value))
  if (traced.size === 0) return call()
  const destination = streams.length === 1 ? { name: streams[0] as string } : undefined
  const operation = {
    name,
    destination,
    endpoint: endpointOf(tracing, asked),
    carrier: receivedCarrier,
    messages: (entries: unknown) => entries as readonly RedisEntry[],
    facts: (entry: RedisEntry) => {
      const delivery = deliveries.get(entry)
      const facts = factsOf(entry, delivery, kernel.options)
      return destination || !delivery ? facts : { ...facts, destination: { name: delivery.stream } }
    },
  }
  let answer: R
  receive(kernel, operation, () => {
    answer = call()
    return reply
  }).catch(told)
  return answer!
}

/** Takes the context out of entries that have come; those of streams that are traced. */
function arrive(tracing: Tracing, asked: Read, traced: ReadonlySet<string>, reply: unknown): RedisEntry[] {
  const { group, consumer } = asked
  return asked.entriesIn(reply).flatMap(([stream, entries]) => {
    if (tracing.ignores(stream)) entries.forEach((entry) => left.add(entry))
    else entries.forEach(takeContext)
    if (!traced.has(stream)) return []
    const delivery = { tracing, stream, group, consumer, attempt: asked.attempt(stream) }
    for (const entry of entries) deliveries.set(entry, delivery)
    return entries
  })
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
  return { ...placeFacts(from?.stream, id), attempt: from?.attempt, ...sizeFacts(fields, options) }
}

function endpointOf({ endpoint }: Tracing, source: Partial<RedisSource> | undefined): Tracing['endpoint'] {
  return { ...endpoint, consumerGroup: source?.group, clientId: source?.consumer ?? endpoint.clientId }
}
