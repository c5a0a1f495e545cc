import { Spellings } from './spellings.ts'
import { NAMES } from './table.ts'

/** The facts that coordinates and ids are made of. */
export type JoinConcept =
  | 'coordinates'
  | 'original'
  | 'system'
  | 'destination'
  | 'queueUrl'
  | 'topicArn'
  | 'partition'
  | 'offset'
  | 'natsStream'
  | 'natsSequence'
  | 'coordinate'
  | 'messageId'

const JOIN_CONCEPTS: readonly JoinConcept[] = [
  'coordinates',
  'original',
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

export const JOIN_SLOTS: number = JOIN_CONCEPTS.length

/** The concept's place among those that join. */
export function joinSlotOf(concept: JoinConcept): number {
  return JOIN_CONCEPTS.indexOf(concept)
}

/** The slot of the concept that a name stands for, and the name's place among those for it; the smallest wins. */
export interface JoinName {
  slot: number
  rank: number
}

export const JOIN_NAMES: Spellings<JoinName> = new Spellings(
  JOIN_CONCEPTS.flatMap((concept, slot) =>
    NAMES[concept].map((name, rank): [string, JoinName] => [name, { slot, rank }]),
  ),
)

/** Those of them without which there is neither coordinate nor id. */
const ANCHORS: readonly JoinConcept[] = [
  'offset',
  'natsSequence',
  'coordinate',
  'coordinates',
  'original',
  'messageId',
]
const JOINS = 1
const ANCHOR = 2
/** What names of a length that end with a byte may be. */
const shapes = new Uint8Array(0x8000)
for (const concept of JOIN_CONCEPTS) {
  const weight = ANCHORS.includes(concept) ? ANCHOR : JOINS
  for (const name of NAMES[concept]) {
    const shape = (name.length << 8) | name.charCodeAt(name.length - 1)
    shapes[shape] = Math.max(shapes[shape]!, weight)
  }
}

/** Whether a name of this length, below 128, that ends with this byte may join: a first look that spares most a second. */
export function mayJoin(length: number, last: number): boolean {
  return shapes[(length << 8) | last]! >= JOINS
}

/** Whether it may be one without which nothing joins. */
export function mayAnchor(length: number, last: number): boolean {
  return shapes[(length << 8) | last]! >= ANCHOR
}
