import { settle, type Processing } from '@flowstitch/core'
import type { Command } from 'ioredis'
import { replyOf, told } from './command.ts'
import { placeFacts, streamDestination, textOf } from './message.ts'
import type { Queued } from './pipeline.ts'
import type { Tracing } from './tracing.ts'

/** Beyond so many, the oldest are forgotten: an entry need never be settled. */
const MAX_UNSETTLED = 1000

/** Handlings of entries that no XACK was sent for yet; often another connection sends it. */
const unsettled = new Map<string, Processing>()

export function awaitSettlement(
  tracing: Tracing,
  stream: string,
  group: string,
  id: string,
  processing: Processing,
): void {
  const key = keyOf(tracing, stream, group, id)
  unsettled.delete(key)
  unsettled.set(key, processing)
  if (unsettled.size <= MAX_UNSETTLED) return
  const [oldest] = unsettled.keys()
  if (oldest !== undefined) unsettled.delete(oldest)
}

/** Sends an XACK, in a span that links to the entries' creation contexts, as far as their handling is known. */
export function acknowledge<R>(
  tracing: Tracing,
  command: Command,
  queued: Queued | undefined,
  call: () => R,
): R {
  const { kernel, endpoint } = tracing
  const [stream = '', group = '', ...ids] = command.args.map(textOf)
  if (!kernel.traces(stream)) return call()
  const processings = ids.flatMap((id) => {
    const key = keyOf(tracing, stream, group, id)
    const processing = unsettled.get(key)
    unsettled.delete(key)
    return processing ?? []
  })
  const [only] = ids
  const operation = {
    name: 'xack',
    destination: streamDestination(stream),
    endpoint: { ...endpoint, consumerGroup: group },
    nests: true,
    ...(ids.length === 1 ? { facts: placeFacts(stream, only) } : { count: ids.length }),
    processings,
  }
  let answer: R
  settle(kernel, operation, () => {
    const reply = replyOf(command, queued?.pipeline)
    answer = call()
    return reply
  }).catch(told)
  return answer!
}

function keyOf({ address }: Tracing, stream: string, group: string, id: string): string {
  return [address, stream, group, id].join('\0')
}
