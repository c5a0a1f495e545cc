import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { writeWhole } from './whole-file.ts'

/** Written at once, so that others get their turn in between. */
const CHUNK_BYTES = 1_000_000
const CRC_BYTES = 4

/** Writes the file anew, with a checksum behind it. */
export function saveCheckpoint(path: string, parts: readonly Uint8Array[]): Promise<void> {
  return writeWhole(path, async (file) => {
    let sum = 0
    for (const part of parts)
      for (let from = 0; from < part.length; from += CHUNK_BYTES) {
        const chunk = part.subarray(from, from + CHUNK_BYTES)
        sum = crc32(chunk, sum)
        await file.writeFile(chunk)
      }
    const end = Buffer.alloc(CRC_BYTES)
    end.writeUInt32LE(sum)
    await file.writeFile(end)
  })
}

/** Undefined if there is none; one that is damaged is told, and of no use. */
export function loadCheckpoint(path: string, tell: (line: string) => void): Buffer | undefined {
  let file: Buffer
  try {
    file = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') tell(`${path}: ${(error as Error).message}`)
    return undefined
  }
  const end = file.length - CRC_BYTES
  if (end >= 0 && crc32(file.subarray(0, end)) === file.readUInt32LE(end)) return file.subarray(0, end)
  tell(`${path} is damaged: sums are made again from the spans`)
  return undefined
}
