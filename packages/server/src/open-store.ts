import { memoryStore, openEngine } from '@flowstitch/correlator'
import type { Engine } from '@flowstitch/correlator'
import type { CompleteSettings } from './settings.ts'

/** The engine over the store that the settings ask for. */
export function openStore({
  memory,
}: Pick<CompleteSettings, 'data' | 'memory' | 'retentionMs' | 'maxDiskBytes'>): Promise<Engine> {
  if (!memory) throw new Error('the embedded store is not wired yet; use --memory')
  return openEngine({ store: memoryStore() })
}
