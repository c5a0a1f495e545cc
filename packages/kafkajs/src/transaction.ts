import { settle, wrapMethod } from '@flowstitch/core'
import { commitOperation, offsetsIn, tracedOffsets, type TransactionLog } from '@flowstitch/dialects/kafka'
import type { Transaction } from 'kafkajs'
import type { Production } from './producer.ts'

/** Traces what ends a transaction, and the offsets that it commits. One that is never ended leaves no span open. */
export function wrapTransaction(
  transaction: Transaction,
  { kernel, endpoint }: Production,
  log: TransactionLog,
): void {
  wrapMethod(transaction, 'sendOffsets', (original) => (offsets) => {
    const call = (): Promise<void> => original.call(transaction, offsets)
    if (!kernel.traces() || !Array.isArray(offsets?.topics)) return call()
    const traced = tracedOffsets(offsetsIn(offsets.topics), kernel)
    if (!traced) return call()
    log.noteOffsets()
    const group = { ...endpoint(), consumerGroup: offsets.consumerGroupId }
    return settle(kernel, commitOperation(traced, group), call)
  })
  const wrap = (method: 'commit' | 'abort', name: string): void =>
    wrapMethod(transaction, method, (original) => () => {
      const call = (): Promise<void> => original.call(transaction)
      if (!kernel.traces() || log.isEmpty) return call()
      return settle(kernel, { name, endpoint: endpoint(), ...log.settled }, call)
    })
  wrap('commit', 'commitTransaction')
  wrap('abort', 'abortTransaction')
}
