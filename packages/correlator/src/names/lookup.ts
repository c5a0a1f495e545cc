import { NAMES, type Concept } from './table.ts'

interface Name {
  bytes: Uint8Array
  concept: Concept
  /** Place in the list of the concept's names; the smallest wins. */
  rank: number
}

const byText = new Map<string, Name>()
const byShape = new Map<number, Name[]>()

for (const [concept, names] of Object.entries(NAMES) as [Concept, readonly string[]][]) {
  for (const [rank, text] of names.entries()) {
    const name = { bytes: Buffer.from(text), concept, rank }
    byText.set(text, name)
    const shape = shapeOf(name.bytes, 0, name.bytes.length)
    byShape.set(shape, [...(byShape.get(shape) ?? []), name])
  }
}

/** The facts that coordinates and ids are made of. */
const JOIN_CONCEPTS: readonly Concept[] = [
  'system',
  'destination',
  'queueUrl',
  'topicArn',
  'partition',
  'offset',
  'natsStream',
  'natsSequence',
  'coordinate',
  'messageId',
]
const joinInitials = new Uint8Array(256)
for (const concept of JOIN_CONCEPTS) for (const name of NAMES[concept]) joinInitials[name.charCodeAt(0)] = 1

/** Whether a name that starts with this byte may matter for a join: a first look that spares most attributes a second. */
export function mayJoin(initial: number): boolean {
  return joinInitials[initial] === 1
}

/** The name that the bytes spell, found without making a string of them. */
export function nameAt(bytes: Uint8Array, start: number, end: number): Name | undefined {
  const candidates = byShape.get(shapeOf(bytes, start, end))
  return candidates?.find((name) => spells(name.bytes, bytes, start, end))
}

export function nameOf(text: string): Name | undefined {
  return byText.get(text)
}

/** Length and last two bytes: almost a perfect hash of the table, and cheap. */
function shapeOf(bytes: Uint8Array, start: number, end: number): number {
  return end - start < 2 ? 0 : ((end - start) << 16) | (bytes[end - 2]! << 8) | bytes[end - 1]!
}

function spells(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false
  }
  return true
}
