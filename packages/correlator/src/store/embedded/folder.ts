import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../errors.ts'

/** Of what the folder holds: segment files, their indexes, and how they are named. Format 1 is read as well. */
const FORMAT = 2

/** Keeps a second process out of the folder, and a file that this version doesn't know. */
export interface FolderLock {
  release(): void
}

/**
 * Takes the folder for this process. The lock is SQLite's own on `catalogue.sqlite`, which the system gives
 * up with the process, however that ends; a lock file would outlive `kill -9`.
 * @throws StoreError `locked`, `newer-version`, `io`
 */
export async function lockFolder(directory: string): Promise<FolderLock> {
  const { DatabaseSync } = await import('node:sqlite')
  let database: DatabaseSync | undefined
  try {
    mkdirSync(directory, { recursive: true })
    database = new DatabaseSync(join(directory, 'catalogue.sqlite'), { timeout: 0 })
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    checkFormat(database, directory)
    database.exec(`PRAGMA user_version = ${FORMAT}; COMMIT`)
    const held = database
    return { release: () => held.close() }
  } catch (error) {
    database?.close()
    throw error instanceof StoreError ? error : lockError(error, directory)
  }
}

function checkFormat(database: DatabaseSync, directory: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > FORMAT)
    throw new StoreError(
      'newer-version',
      `${directory} was written by a newer version of Flowstitch (format ${version}, this one knows ${FORMAT})`,
    )
}

function lockError(error: unknown, directory: string): StoreError {
  const { message } = error as Error
  if (message.includes('locked') || message.includes('busy'))
    return new StoreError('locked', `Another process uses ${directory}: stop it, or choose another folder`, {
      cause: error,
    })
  return new StoreError('io', `Can't use ${directory}: ${message}`, { cause: error })
}

/** Makes the names of new files durable. */
export function syncFolder(directory: string): void {
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
