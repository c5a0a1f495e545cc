/** Bytes on disk are not what was written there. */
export class Damage extends Error {
  override readonly name: string = 'Damage'
}

/** Hears of each damaged place, in words for its operator. */
export type TellDamage = (line: string) => void
