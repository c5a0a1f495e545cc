import { createRequire } from 'node:module'
import * as namespace from 'bullmq'
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq'
import { tell } from './stories/bullmq.ts'

await tell({ FlowProducer, Queue, QueueEvents, Worker }, namespace, createRequire(import.meta.url)('bullmq'))
