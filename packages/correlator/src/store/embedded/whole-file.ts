import { open, rename, rm, type FileHandle } from 'node:fs/promises'

/** Writes the file anew: it is there as a whole, and on disk but for its name, or as it was before. */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    // A disk that is full needs the room.
    await rm(temporary, { force: true })
    throw error
  }
}
