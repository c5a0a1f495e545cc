import { embeddedStore, memoryStore, openEngine } from '@flowstitch/correlator'
import type { Engine } from '@flowstitch/correlator'
import type { CompleteSettings } from './settings.ts'

type StoreSettings = Pick<
  CompleteSettings,
  'data' | 'memory' | 'retentionMs' | 'maxDiskBytes' | 'keys' | 'log'
>

/** The engine over the store that the settings ask for; rejects with a `StoreError` when it cannot be opened. */
export async function openStore(settings: StoreSettings): Promise<Engine> {
  const { data: directory, memory, retentionMs, maxDiskBytes, keys, log: report } = settings
  const store = memory
    ? memoryStore()
    : await embeddedStore({ directory, retentionMs, maxDiskBytes, keys, report })
  return openEngine({ store, keys })
}
