import type { ShapeStep } from '@flowstitch/correlator'
import { piece } from './text.ts'
import type { Piece } from './text.ts'

/** What a kind of step is called: `process kafka orders`, with the group that it is for. */
export function shapeStepLabel({ kind, name, system, consumerGroup }: ShapeStep): Piece[] {
  if (kind !== 'send' && kind !== 'process') return [piece(name)]
  return [
    piece(`${kind} `),
    piece(system === undefined ? name : `${system} ${name}`, 'message'),
    ...(consumerGroup === undefined ? [] : [piece(` for ${consumerGroup}`, 'message')]),
  ]
}
