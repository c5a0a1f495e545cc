import { prepared } from './prepare.ts'

const serverless = process.argv[2] === 'serverless'

if (serverless) {
  if (await prepared('brokers')) await import('../../examples/serverless/src/demo.ts')
} else if (await prepared('brokers', 'viewer')) await import('../../examples/orders/src/demo.ts')
