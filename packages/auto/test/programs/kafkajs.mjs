import { createRequire } from 'node:module'
import kafkajs, { Kafka, logLevel } from 'kafkajs'
import * as namespace from 'kafkajs'
import { tell } from './stories/kafkajs.ts'

await tell({ Kafka, logLevel }, kafkajs, namespace, createRequire(import.meta.url)('kafkajs'))
