import type * as sqs from '@aws-sdk/client-sqs'
import type * as jetstream from '@nats-io/jetstream'
import type * as transport from '@nats-io/transport-node'
import type * as manager from 'amqp-connection-manager'
import type * as amqplib from 'amqplib'
import type * as callback from 'amqplib/callback_api'
import type * as bullmq from 'bullmq'
import type * as ioredis from 'ioredis'
import type * as kafkajs from 'kafkajs'
import { loadAdapter, type AdapterName, type Adapters } from './adapters.ts'
import type { PlainOptions } from './settings.ts'
import { answering, constructing, replacing } from './stand-in.ts'

/** A module, and what its exports become. */
export interface Client {
  /** By which it can be disabled. */
  readonly adapter: AdapterName
  /** The file that the module's exports are in, from `node_modules` on. */
  readonly file: string
  /** Answers the exports that the application gets: the module's own, or others in their place. */
  trace(exports: unknown, options: PlainOptions): object
}

/** Every module that is traced. All of them are CommonJS, also for who imports them. */
export const clients: readonly Client[] = [
  client('kafkajs', 'kafkajs/index.js', (exports: typeof kafkajs, { instrumentKafka }, options) =>
    replacing(exports, {
      Kafka: constructing(exports.Kafka, (kafka: kafkajs.Kafka) => instrumentKafka(kafka, options)),
    }),
  ),
  client('amqplib', 'amqplib/channel_api.js', (exports: typeof amqplib, { instrumentAmqp }, options) =>
    instrumentAmqp(exports, options),
  ),
  client('amqplib', 'amqplib/callback_api.js', (exports: typeof callback, { instrumentAmqp }, options) =>
    instrumentAmqp(exports, options),
  ),
  client(
    'amqplib',
    'amqp-connection-manager/dist/cjs/index.js',
    (exports: typeof manager, { instrumentAmqp }, options) => {
      instrumentAmqp(exports.default, options)
      return instrumentAmqp(exports, options)
    },
  ),
  client(
    'sqs',
    '@aws-sdk/client-sqs/dist-cjs/index.js',
    (exports: typeof sqs, { instrumentSqs }, options) => {
      const instrument = (made: sqs.SQSClient) => instrumentSqs(made, options)
      return replacing(exports, {
        SQSClient: constructing(exports.SQSClient, instrument),
        SQS: constructing(exports.SQS, instrument),
      })
    },
  ),
  client(
    'nats',
    '@nats-io/transport-node/lib/mod.js',
    (exports: typeof transport, { instrumentNats }, options) =>
      replacing(exports, {
        connect: answering(exports.connect, (nc: transport.NatsConnection) => instrumentNats(nc, options)),
      }),
  ),
  client('nats', '@nats-io/jetstream/lib/mod.js', (exports: typeof jetstream, { instrumentNats }) =>
    replacing(exports, {
      // With the options of its connection.
      jetstream: answering(exports.jetstream, (js: jetstream.JetStreamClient) => instrumentNats(js)),
    }),
  ),
  client(
    'ioredis',
    'ioredis/built/index.js',
    (exports: typeof ioredis.Redis & typeof ioredis, { instrumentRedis }, options) => {
      const instrument = (redis: ioredis.Redis | ioredis.Cluster) =>
        instrumentRedis(redis, { ...options, ignore: isOfBullmq })
      constructing(exports.Cluster, instrument)
      return constructing(exports, instrument)
    },
  ),
  client('bullmq', 'bullmq/dist/cjs/index.js', (exports: typeof bullmq, { instrumentBullmq }, options) => {
    const instrument = (made: bullmq.Queue | bullmq.Worker | bullmq.FlowProducer) =>
      instrumentBullmq(made, options)
    return replacing(exports, {
      Queue: constructing(exports.Queue, instrument),
      Worker: constructing(exports.Worker, instrument),
      FlowProducer: constructing(exports.FlowProducer, instrument),
    })
  }),
]

function client<A extends AdapterName, E>(
  adapter: A,
  file: string,
  trace: (exports: E, adapter: Adapters[A], options: PlainOptions) => object,
): Client {
  return { adapter, file, trace: (exports, options) => trace(exports as E, loadAdapter(adapter), options) }
}

/** Its log of events: BullMQ reads it by the same ioredis, and no message of anybody's is in it. */
function isOfBullmq(stream: string): boolean {
  return /^\{?bull\}?:.+:events$/.test(stream)
}
