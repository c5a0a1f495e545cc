import type { Broker } from './addresses.ts'
import { amqp } from './brokers/amqp.ts'
import { kafka } from './brokers/kafka.ts'
import { nats } from './brokers/nats.ts'
import { redis } from './brokers/redis.ts'
import { sqs } from './brokers/sqs.ts'
import type { BrokerDefinition } from './definition.ts'

export const definitions: Record<Broker, BrokerDefinition> = { kafka, amqp, nats, redis, sqs }
