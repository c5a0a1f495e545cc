import { extended } from '@flowstitch/core'
import { ChosenPartitions } from '@flowstitch/dialects/kafka'
import type { ICustomPartitioner, ProducerConfig } from 'kafkajs'

/**
 * A producer's configuration with its partitioner listened to, the one that it names, else that by default: kafkajs
 * tells nobody else which partition it has chosen for a message.
 */
export function listening(
  config: ProducerConfig | undefined,
  byDefault: () => ICustomPartitioner | undefined,
): { readonly config: ProducerConfig | undefined; readonly chosen: ChosenPartitions | undefined } {
  const own = config?.createPartitioner
  const createPartitioner = own === undefined && config !== null ? byDefault() : own
  if (typeof createPartitioner !== 'function') return { config, chosen: undefined }
  const chosen = new ChosenPartitions()
  return { config: extended(config, { createPartitioner: chosen.listenTo(createPartitioner) }), chosen }
}
