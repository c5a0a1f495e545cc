import { guard } from '@flowstitch/core'
import { receivedMessage, textOf, type RedisMessage, type RedisText } from '@flowstitch/dialects/redis'
import type { Tracing } from './tracing.ts'

/** Events that tell of a message, and where the channel stands among their arguments: a pattern before, the payload behind. */
const CHANNEL_AT: ReadonlyMap<unknown, number> = new Map([
  ['message', 0],
  ['messageBuffer', 0],
  ['smessage', 0],
  ['smessageBuffer', 0],
  ['pmessage', 1],
  ['pmessageBuffer', 1],
])

/** A message on its way to the listeners of an event. */
export interface Arrival {
  readonly message: RedisMessage
  /** The pattern that was subscribed to. */
  readonly pattern: string | undefined
  /** The event's, with the payload as it was published. */
  readonly args: readonly unknown[]
}

/** The message that an event tells of, if it is of a channel whose payloads carry contexts. */
export function arrivalOf(
  { kernel }: Tracing,
  event: unknown,
  args: readonly unknown[],
): Arrival | undefined {
  const at = CHANNEL_AT.get(event)
  if (at === undefined) return undefined
  const channel = textOf(args[at])
  const codec = kernel.ignores(channel) ? undefined : kernel.codecOf(channel)
  if (!codec) return undefined
  const stored = args[at + 1] as RedisText
  const message = guard('reading a payload', () => receivedMessage(codec, channel, stored), undefined)
  return (
    message && {
      message,
      pattern: at > 0 ? textOf(args[0]) : undefined,
      args: args.with(at + 1, message.payload),
    }
  )
}
