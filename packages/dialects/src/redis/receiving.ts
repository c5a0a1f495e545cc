import { guard, receive } from '@flowstitch/core'
import { receivedCarrier, takeContext } from './carrier.ts'
import { traced, type RedisCommand, type SeenReply } from './command.ts'
import { deliver, endpointOf, entryFacts, leave, rememberValue, sourceOf } from './handling.ts'
import type { RedisEntry } from './entry.ts'
import type { RedisTracing } from './kernel.ts'
import { popOf, type Pop } from './lists.ts'
import { receivedPayloadCarrier, payloadFacts, receivedMessage, type RedisMessage } from './message.ts'
import { rememberMove } from './moving.ts'
import type { PayloadCodec } from './payload.ts'
import { readOf, type Read } from './reading.ts'

/** Sends a command that asks for entries. */
export function readEntries<R>(command: RedisCommand<R>): R {
  const { tracing, name, args } = command
  const { kernel } = tracing
  const asked = guard('reading a command', () => readOf(name, args), undefined)
  if (!asked) return command.call()
  const { streams } = asked
  const wanted = new Set(streams.filter((stream) => kernel.traces(stream)))
  const seen = (reply: unknown): SeenReply => ({ reply, messages: arrive(tracing, asked, wanted, reply) })
  if (wanted.size === 0) return command.exchange(args, seen).answer
  const [only, ...others] = streams
  const destination = others.length === 0 ? { name: only as string } : undefined
  const operation = {
    name,
    destination,
    endpoint: endpointOf(tracing, asked),
    carrier: receivedCarrier,
    messages: (entries: unknown) => entries as readonly RedisEntry[],
    facts: (entry: RedisEntry) => {
      const source = sourceOf(entry)
      const facts = entryFacts(entry, source, kernel.options)
      return destination || !source ? facts : { ...facts, destination: { name: source.stream } }
    },
  }
  return traced(command, (exchange) => receive(kernel, operation, () => exchange(args, seen)))
}

/** Takes the context out of entries that have come; those of streams that are traced. */
function arrive(
  tracing: RedisTracing,
  asked: Read,
  wanted: ReadonlySet<string>,
  reply: unknown,
): RedisEntry[] {
  const { group, consumer } = asked
  return asked.entriesIn(reply).flatMap(([stream, entries]) => {
    if (tracing.kernel.ignores(stream)) entries.forEach(leave)
    else entries.forEach(takeContext)
    if (!wanted.has(stream)) return []
    const delivery = { tracing, stream, group, consumer, attempt: asked.attempt(stream) }
    for (const entry of entries) deliver(entry, delivery)
    return entries
  })
}

/** Sends a command that takes values out of lists, where the user wants contexts in one of them. */
export function popPayloads<R>(command: RedisCommand<R>): R {
  const { tracing, name, args } = command
  const { kernel, endpoint } = tracing
  const asked = guard('reading a command', () => popOf(name, args), undefined)
  if (!asked?.lists.some((list) => kernel.codecOf(list))) return command.call()
  const seen = (reply: unknown): SeenReply => open(tracing, asked, reply)
  if (!asked.lists.some((list) => kernel.traces(list))) return command.exchange(args, seen).answer
  const [only, ...others] = asked.lists
  const destination = others.length === 0 ? { name: only as string } : undefined
  const operation = {
    name,
    destination,
    endpoint,
    single: asked.single,
    carrier: receivedPayloadCarrier,
    messages: (messages: unknown) => messages as readonly RedisMessage[],
    facts: (message: RedisMessage) => {
      const facts = payloadFacts(message, kernel.options)
      return destination ? facts : { ...facts, destination: { name: message.destination } }
    },
  }
  return traced(command, (exchange) => receive(kernel, operation, () => exchange(args, seen)))
}

/** The reply with the values as they were pushed, and what came with them. */
function open(tracing: RedisTracing, asked: Pop, reply: unknown): SeenReply {
  const { kernel } = tracing
  const messages: RedisMessage[] = []
  const shown = asked.mapped(reply, (list, stored) => {
    const codec = kernel.ignores(list) ? NOTHING : kernel.codecOf(list)
    const message = codec && guard('reading a payload', () => receivedMessage(codec, list, stored), undefined)
    if (!message) return stored
    const { payload } = message
    if (asked.to !== undefined && payload !== stored) rememberMove(tracing, asked.to, payload, stored)
    if (kernel.traces()) rememberValue(tracing, message)
    if (kernel.traces(list)) messages.push(message)
    return payload
  })
  return { reply: shown, messages }
}

/** For lists that are ignored: their values stay as they are, and so does their handling. */
const NOTHING: PayloadCodec = { inject: (payload) => payload, extract: () => undefined }
