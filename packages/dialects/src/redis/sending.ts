import { guard, send, type Kernel, type SendOutcome } from '@flowstitch/core'
import { firstField } from './adding.ts'
import { sentCarrier } from './carrier.ts'
import { traced, type RedisCommand } from './command.ts'
import { isEntryId, placeFacts, sizeFacts, type RedisOutgoing } from './entry.ts'
import { firstPayload } from './lists.ts'
import { payloadFacts, sentMessage, sentPayloadCarrier, type SentMessage } from './message.ts'
import { textOf, type RedisText } from './text.ts'

/** Sends an XADD, with the context in fields of its own. */
export function sendEntry<R>(command: RedisCommand<R>): R {
  const { endpoint } = command.tracing
  const kernel: Kernel<RedisOutgoing, never> = command.tracing.kernel
  const { args } = command
  const from = firstField(args)
  const stream = textOf(args[0])
  if (from === undefined || !kernel.traces(stream)) return command.call()
  const message: RedisOutgoing = { stream, fields: args.slice(from) as RedisText[] }
  const operation = {
    name: 'xadd',
    destination: { name: stream },
    endpoint,
    nests: true,
    batch: false,
    messages: [message],
    carrier: sentCarrier,
    facts: () => sizeFacts(message.fields, kernel.options),
  }
  return traced(command, (exchange) =>
    send(
      kernel,
      operation,
      ([prepared = message]) =>
        exchange(prepared === message ? args : [...args.slice(0, from), ...prepared.fields]),
      (id) => outcomeOf(stream, id),
    ),
  )
}

/** NOMKSTREAM answers null where there is no stream; a transaction outside a pipeline answers later. */
function outcomeOf(stream: string, id: unknown): SendOutcome {
  return isEntryId(id) ? { facts: () => placeFacts(stream, id) } : {}
}

/** Sends a PUBLISH, or values to a list, with the context in the payloads, where the user wants it there. */
export function sendPayloads<R>(command: RedisCommand<R>): R {
  const { kernel, endpoint } = command.tracing
  const { name, args } = command
  const from = firstPayload(name, args)
  const destination = textOf(args[0])
  const codec = from === undefined || !kernel.traces(destination) ? undefined : kernel.codecOf(destination)
  if (!codec) return command.call()
  const messages = guard(
    'reading a payload',
    () => args.slice(from).map((payload) => sentMessage(codec, destination, payload as RedisText)),
    undefined,
  )
  if (!messages) return command.call()
  const operation = {
    name,
    destination: { name: destination },
    endpoint,
    nests: true,
    batch: !name.endsWith('publish'),
    messages,
    carrier: sentPayloadCarrier,
    facts: (message: SentMessage) => payloadFacts(message, kernel.options),
  }
  return traced(command, (exchange) =>
    send<SentMessage, Promise<unknown>>(kernel, operation, (prepared) =>
      exchange([...args.slice(0, from), ...prepared.map(({ payload }) => payload)]),
    ),
  )
}
