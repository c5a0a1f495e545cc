import { memoryStore, openEngine } from '@flowstitch/correlator'
import { serving } from './serving.ts'

/** A server over the real engine, in memory. */
export async function servingForReal(): ReturnType<typeof serving> {
  return serving(await openEngine({ store: memoryStore() }))
}
