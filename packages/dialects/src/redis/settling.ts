import { settle, type Processing } from '@flowstitch/core'
import { traced, type RedisCommand } from './command.ts'
import { placeFacts } from './entry.ts'
import type { RedisTracing } from './kernel.ts'
import { textOf } from './text.ts'

/** Beyond so many, the oldest are forgotten: an entry need never be settled. */
const MAX_UNSETTLED = 1000

/** Handlings of entries that no XACK was sent for yet; often another connection sends it. */
const unsettled = new Map<string, Processing>()

export function awaitSettlement(
  tracing: RedisTracing,
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
export function acknowledge<R>(command: RedisCommand<R>): R {
  const { tracing, args } = command
  const { kernel, endpoint } = tracing
  const [stream = '', group = '', ...ids] = args.map(textOf)
  if (!kernel.traces(stream)) return command.call()
  const operation = {
    name: 'xack',
    destination: { name: stream },
    endpoint: { ...endpoint, consumerGroup: group },
    nests: true,
    ...(ids.length === 1 ? { facts: placeFacts(stream, ids[0]) } : { count: ids.length }),
    processings: ids.flatMap((id) => takeUnsettled(keyOf(tracing, stream, group, id)) ?? []),
  }
  return traced(command, (exchange) => settle(kernel, operation, () => exchange(args)))
}

function takeUnsettled(key: string): Processing | undefined {
  const processing = unsettled.get(key)
  unsettled.delete(key)
  return processing
}

function keyOf({ address }: RedisTracing, stream: string, group: string, id: string): string {
  return [address, stream, group, id].join('\0')
}
