import zlib from 'node:zlib'

/** Whether this Node.js can compress: 22.15 and newer. */
export const canCompress: boolean = typeof zlib.zstdCompressSync === 'function'

/** The higher levels take twice the time for a tenth less. */
const PARAMETERS = { [zlib.constants.ZSTD_c_compressionLevel]: 1 }

export function compress(block: Uint8Array): Buffer {
  return zlib.zstdCompressSync(block, { params: PARAMETERS })
}

/** @param bytes how many there are when it is decompressed; more are an error */
export function decompress(block: Uint8Array, bytes: number): Buffer {
  return zlib.zstdDecompressSync(block, { maxOutputLength: bytes, chunkSize: Math.max(bytes, 64) })
}
