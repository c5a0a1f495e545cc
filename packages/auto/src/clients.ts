import { instrumentAmqp } from '@flowstitch/amqplib'
import { instrumentRedis } from '@flowstitch/ioredis'
import { instrumentKafka } from '@flowstitch/kafkajs'
import { instrumentNats } from '@flowstitch/nats'
import { instrumentSqs } from '@flowstitch/sqs'
import type * as sqs from '@aws-sdk/client-sqs'
import type * as jetstream from '@nats-io/jetstream'
import type * as transport from '@nats-io/transport-node'
import type * as manager from 'amqp-connection-manager'
import type * as amqplib from 'amqplib'
import type * as callback from 'amqplib/callback_api'
import type * as ioredis from 'ioredis'
import type * as kafkajs from 'kafkajs'
import type { PlainOptions } from './settings.ts'
import { answering, constructing, replacing } from './stand-in.ts'

/** A module, and what its exports become. */
export interface Client {
  /** The name of the adapter, by which it can be disabled. */
  readonly adapter: string
  /** The file that the module's exports are in, from `node_modules` on. */
  readonly file: string
  /** Answers the exports that the application gets: the module's own, or others in their place. */
  trace(exports: never, options: PlainOptions): object
}

/** Every module that is traced. All of them are CommonJS, also for who imports them. */
export const clients: readonly Client[] = [
  {
    adapter: 'kafkajs',
    file: 'kafkajs/index.js',
    trace: (exports: typeof kafkajs, options) =>
      replacing(exports, {
        Kafka: constructing(exports.Kafka, (kafka: kafkajs.Kafka) => instrumentKafka(kafka, options)),
      }),
  },
  {
    adapter: 'amqplib',
    file: 'amqplib/channel_api.js',
    trace: (exports: typeof amqplib, options) => instrumentAmqp(exports, options),
  },
  {
    adapter: 'amqplib',
    file: 'amqplib/callback_api.js',
    trace: (exports: typeof callback, options) => instrumentAmqp(exports, options),
  },
  {
    adapter: 'amqplib',
    file: 'amqp-connection-manager/dist/cjs/index.js',
    trace: (exports: typeof manager, options) => {
      instrumentAmqp(exports.default, options)
      return instrumentAmqp(exports, options)
    },
  },
  {
    adapter: 'sqs',
    file: '@aws-sdk/client-sqs/dist-cjs/index.js',
    trace: (exports: typeof sqs, options) => {
      const instrument = (client: sqs.SQSClient) => instrumentSqs(client, options)
      return replacing(exports, {
        SQSClient: constructing(exports.SQSClient, instrument),
        SQS: constructing(exports.SQS, instrument),
      })
    },
  },
  {
    adapter: 'nats',
    file: '@nats-io/transport-node/lib/mod.js',
    trace: (exports: typeof transport, options) =>
      replacing(exports, {
        connect: answering(exports.connect, (nc: transport.NatsConnection) => instrumentNats(nc, options)),
      }),
  },
  {
    adapter: 'nats',
    file: '@nats-io/jetstream/lib/mod.js',
    trace: (exports: typeof jetstream) =>
      replacing(exports, {
        // With the options of its connection.
        jetstream: answering(exports.jetstream, (js: jetstream.JetStreamClient) => instrumentNats(js)),
      }),
  },
  {
    adapter: 'ioredis',
    file: 'ioredis/built/index.js',
    trace: (exports: typeof ioredis.Redis & typeof ioredis, options) => {
      const instrument = (redis: ioredis.Redis | ioredis.Cluster) => instrumentRedis(redis, options)
      constructing(exports.Cluster, instrument)
      return constructing(exports, instrument)
    },
  },
]
