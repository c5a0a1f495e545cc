import { send, type SendOutcome } from '@flowstitch/core'
import {
  firstField,
  isEntryId,
  placeFacts,
  sizeFacts,
  textOf,
  type RedisOutgoing,
  type RedisText,
} from '@flowstitch/dialects/redis'
import { sentCarrier } from './carrier.ts'
import { replyOf, told, type SentCommand } from './command.ts'

/** Sends an XADD, with the context in fields of its own. `command.args` is the client's copy of what it was given. */
export function add<R>(sent: SentCommand<R>): R {
  const { tracing, command, call } = sent
  const { kernel, endpoint } = tracing
  const { args } = command
  const from = firstField(args)
  const stream = textOf(args[0])
  if (from === undefined || !kernel.traces(stream)) return call()
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
  let answer: R
  send(
    kernel,
    operation,
    ([prepared = message]) => {
      if (prepared !== message) command.args = [...args.slice(0, from), ...prepared.fields]
      const reply = replyOf(sent, undefined, args)
      answer = call()
      return reply
    },
    (id) => outcomeOf(stream, id),
  ).catch(told)
  return answer!
}

/** NOMKSTREAM answers null where there is no stream; a transaction outside a pipeline answers later. */
function outcomeOf(stream: string, id: unknown): SendOutcome {
  return isEntryId(id) ? { facts: () => placeFacts(stream, id) } : {}
}
