import { createRequire } from 'node:module'
import * as namespace from '@aws-sdk/client-sqs'
import { CreateQueueCommand, SendMessageCommand, SQS, SQSClient } from '@aws-sdk/client-sqs'
import { tell } from './stories/client-sqs.ts'

const required = createRequire(import.meta.url)('@aws-sdk/client-sqs')
await tell({ CreateQueueCommand, SendMessageCommand, SQS, SQSClient }, namespace, required)
