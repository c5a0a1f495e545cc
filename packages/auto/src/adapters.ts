import { createRequire } from 'node:module'
import type * as amqplib from '@flowstitch/amqplib'
import type * as bullmq from '@flowstitch/bullmq'
import type * as ioredis from '@flowstitch/ioredis'
import type * as kafkajs from '@flowstitch/kafkajs'
import type * as nats from '@flowstitch/nats'
import type * as sqs from '@flowstitch/sqs'

/** The adapters, by the last part of their packages' names. */
export interface Adapters {
  readonly amqplib: typeof amqplib
  readonly bullmq: typeof bullmq
  readonly ioredis: typeof ioredis
  readonly kafkajs: typeof kafkajs
  readonly nats: typeof nats
  readonly sqs: typeof sqs
}

export type AdapterName = keyof Adapters

const require = createRequire(import.meta.url)

/**
 * Loads an adapter at the moment that its client is loaded: before, the start would take longer for nothing, and
 * that of NATS needs its client to be installed.
 */
export function loadAdapter<A extends AdapterName>(name: A): Adapters[A] {
  return require(`@flowstitch/${name}`) as Adapters[A]
}
