import { prepared } from './prepare.ts'

if (await prepared('brokers', 'viewer')) await import('../../examples/orders/src/demo.ts')
