import { send, type SendOutcome } from '@flowstitch/core'
import type { Command } from 'ioredis'
import { firstField } from './arguments.ts'
import { sentCarrier } from './carrier.ts'
import { replyOf, told } from './command.ts'
import { isEntryId, placeFacts, sentFacts, streamDestination, textOf, type RedisText } from './message.ts'
import type { Queued } from './pipeline.ts'
import type { Tracing } from './tracing.ts'

/** Sends an XADD, with the context in fields of its own. `command.args` is the client's copy of what it was given. */
export function add<R>(
  { kernel, endpoint }: Tracing,
  command: Command,
  queued: Queued | undefined,
  call: () => R,
): R {
  const from = firstField(command.args)
  const stream = textOf(command.args[0])
  if (from === undefined || !kernel.traces(stream)) return call()
  const message = { stream, fields: command.args.slice(from) as RedisText[] }
  const operation = {
    name: 'xadd',
    destination: streamDestination(stream),
    endpoint,
    nests: true,
    batch: false,
    messages: [message],
    carrier: sentCarrier,
    facts: () => sentFacts(message, kernel.options),
  }
  let answer: R
  send(
    kernel,
    operation,
    ([prepared = message]) => {
      const given = command.args
      if (prepared !== message) command.args = [...given.slice(0, from), ...prepared.fields]
      const reply = replyOf(command, queued?.pipeline, undefined, given)
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
