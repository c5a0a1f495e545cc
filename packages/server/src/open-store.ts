import { embeddedStore, memoryStore, openEngine } from '@flowstitch/correlator'
import type { Engine } from '@flowstitch/correlator'
import type { CompleteSettings } from './settings.ts'

/** The engine over the store that the settings ask for. */
export function openStore({
  data,
  memory,
  retentionMs,
  maxDiskBytes,
}: Pick<CompleteSettings, 'data' | 'memory' | 'retentionMs' | 'maxDiskBytes'>): Promise<Engine> {
  return openEngine(memory ? memoryStore() : embeddedStore({ directory: data, retentionMs, maxBytes: maxDiskBytes }))
}
