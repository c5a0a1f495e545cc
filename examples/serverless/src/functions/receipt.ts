import { wrapHandler } from '@flowstitch/lambda'
import type { SQSRecord } from 'aws-lambda'
import type { Order } from '../config.ts'

export const handler = wrapHandler.sqs(({ body }: SQSRecord) => {
  const { number } = JSON.parse(body) as Order
  console.log(`  receipt for order ${number}`)
})
