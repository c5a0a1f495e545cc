import type { GraphModel } from './graph-model.ts'
import type { Layout } from './layout.ts'
import type { Stop } from './navigation.ts'
import { CARD_WIDTH, QUEUE_HEIGHT, QUEUE_WIDTH, rowMiddles } from './sizes.ts'

/** Where the focus can go: every row of every card, and every message. */
export function stopsOf(model: GraphModel, layout: Pick<Layout, 'positions'>): Stop[] {
  const cards = model.cards.flatMap((card) => {
    const at = layout.positions.get(card.id) ?? { x: 0, y: 0 }
    return [...rowMiddles(card)].map(([id, middle]) => ({ id, x: at.x + CARD_WIDTH / 2, y: at.y + middle }))
  })
  const queues = model.queues.map(({ id }) => {
    const at = layout.positions.get(id) ?? { x: 0, y: 0 }
    return { id, x: at.x + QUEUE_WIDTH / 2, y: at.y + QUEUE_HEIGHT / 2 }
  })
  return [...cards, ...queues]
}
