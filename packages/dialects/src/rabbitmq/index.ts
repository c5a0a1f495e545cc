export { deathFacts, natural } from './deaths.ts'

export type { Retries } from './deaths.ts'
