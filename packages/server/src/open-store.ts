import { embeddedStore, memoryStore, openEngine } from '@flowstitch/correlator'
import type { Engine } from '@flowstitch/correlator'
import type { CompleteSettings } from './settings.ts'

type StoreSettings = Pick<CompleteSettings, 'data' | 'memory' | 'retentionMs' | 'maxDiskBytes'>

/** The engine over the store that the settings ask for; rejects with a `StoreError` when it cannot be opened. */
export async function openStore({ data, memory, retentionMs, maxDiskBytes }: StoreSettings): Promise<Engine> {
  const store = memory ? memoryStore() : await embeddedStore({ directory: data, retentionMs, maxDiskBytes })
  return openEngine({ store })
}
