import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedStore, memoryStore, type EmbeddedStoreOptions, type Store } from '../../src/index.ts'
import { STORY_KEYS } from './arbitrary.ts'

/** A way to open a store, and, where it lasts, to open what the last one left behind. */
export interface StoreKind {
  name: string
  lasting: boolean
  open(directory: string): Promise<Store>
}

/** All stores, the embedded one also with segments so small that nearly everything is read from sealed ones. */
export const storeKinds: StoreKind[] = [
  { name: 'memory', lasting: false, open: async () => memoryStore() },
  { name: 'memory, many segments', lasting: false, open: async () => memoryStore({ segmentBytes: 2000 }) },
  { name: 'embedded', lasting: true, open: (directory) => embeddedStore({ directory, keys: STORY_KEYS }) },
  {
    name: 'embedded, many segments',
    lasting: true,
    open: (directory) => embeddedStore({ directory, segmentBytes: 2000, keys: STORY_KEYS }),
  },
]

export async function withFolder<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'flowstitch-store-'))
  try {
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** A folder with an embedded store in it. */
export async function withStore<T>(
  options: Omit<EmbeddedStoreOptions, 'directory'>,
  use: (store: Store, directory: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (directory) => {
    const store = await embeddedStore({ directory, ...options })
    try {
      return await use(store, directory)
    } finally {
      await store.close()
    }
  })
}
