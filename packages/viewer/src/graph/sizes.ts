import type { CardNode, Lane } from './graph-model.ts'

/** The layout has to know sizes before anything is drawn; the style sheet uses the same numbers. */
export const CARD_WIDTH = 236
export const CARD_HEADER = 30
export const CARD_END = 5
export const LANE_HEADER = 24
export const ROW_HEIGHT = 26
export const QUEUE_WIDTH = 172
export const QUEUE_HEIGHT = 50

export function cardHeight(card: CardNode): number {
  return CARD_HEADER + card.lanes.reduce((sum, lane) => sum + laneHeight(lane), 0) + CARD_END
}

/** The middle of every row of a card, measured from the card's top. */
export function rowMiddles(card: CardNode): Map<string, number> {
  const middles = new Map<string, number>()
  let top = CARD_HEADER
  for (const lane of card.lanes) {
    const first = top + (lane.attempt ? LANE_HEADER : 0)
    for (const [position, row] of lane.rows.entries()) {
      middles.set(row.id, first + (position + 0.5) * ROW_HEIGHT)
    }
    top += laneHeight(lane)
  }
  return middles
}

function laneHeight(lane: Lane): number {
  const lines = lane.rows.length + (lane.hidden > 0 ? 1 : 0)
  return (lane.attempt ? LANE_HEADER : 0) + lines * ROW_HEIGHT
}
