import { createHash, timingSafeEqual } from 'node:crypto'

/** Says whether an `Authorization` header carries the server's token. */
export type Authorize = (header: string | undefined) => boolean

/** Compares digests, so that neither the length nor the first wrong character shows in the time taken. */
export function bearerToken(token: string | undefined): Authorize {
  if (token === undefined) return () => true
  const expected = digest(token)
  return (header) => {
    const [, given] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? []
    return given !== undefined && timingSafeEqual(digest(given), expected)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
