import { Spellings } from './spellings.ts'
import { NAMES, type Concept } from './table.ts'

export interface Name {
  text: string
  concept: Concept
  /** Place in the list of the concept's names; the smallest wins. */
  rank: number
}

const names = (Object.entries(NAMES) as [Concept, readonly string[]][]).flatMap(([concept, texts]) =>
  texts.map((text, rank): Name => ({ text, concept, rank })),
)
const byText = new Map(names.map((name) => [name.text, name]))
const spellings = new Spellings(names.map((name) => [name.text, name]))

/** The name that the bytes spell. */
export function nameAt(bytes: Uint8Array, start: number, end: number): Name | undefined {
  return spellings.at(bytes, start, end)
}

export function nameOf(text: string): Name | undefined {
  return byText.get(text)
}
