import { prepared } from './prepare.ts'

if (await prepared('brokers')) await import('../../test/benchmarks/src/main.ts')
