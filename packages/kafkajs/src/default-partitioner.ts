import { createRequire } from 'node:module'
import { execPath } from 'node:process'
import { guard } from '@flowstitch/core'
import type { ICustomPartitioner, Kafka, Partitioners } from 'kafkajs'

interface KafkaPackage {
  readonly Kafka?: typeof Kafka
  readonly Partitioners?: typeof Partitioners
}

type MakeProducer = Kafka['producer']

const known = new WeakMap<MakeProducer, ICustomPartitioner | undefined>()

/**
 * The partitioner that a client takes for producers that are given none: that of the very copy of kafkajs whose
 * `producer` it is. Undefined where somebody else's stands before it, which may have a partitioner of its own, or
 * where kafkajs has been bundled.
 */
export function defaultPartitioner(kafka: Kafka, producer: MakeProducer): ICustomPartitioner | undefined {
  if (!known.has(producer)) {
    known.set(
      producer,
      guard('looking for the default partitioner', () => find(kafka, producer), undefined),
    )
  }
  return known.get(producer)
}

function find(kafka: Kafka, producer: MakeProducer): ICustomPartitioner | undefined {
  for (const [file, module] of Object.entries(createRequire(execPath).cache)) {
    const { Kafka, Partitioners } = (file.includes('kafkajs') && (module?.exports as KafkaPackage)) || {}
    if (Kafka?.prototype.producer !== producer || !Partitioners?.DefaultPartitioner) continue
    // kafkajs says once that its default has changed, to who makes a producer without a partitioner. This one has
    // no connection, and nobody sees it.
    producer.call(kafka, {})
    return Partitioners.DefaultPartitioner
  }
  return undefined
}
