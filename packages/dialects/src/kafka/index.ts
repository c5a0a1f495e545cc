export { lineageOf } from './lineage.ts'

export type { Headers, Lineage } from './lineage.ts'
