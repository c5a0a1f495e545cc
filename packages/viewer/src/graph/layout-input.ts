import type { ElkNode, ElkPort } from 'elkjs/lib/elk-api.js'
import type { CardNode, GraphModel } from './graph-model.ts'
import { CARD_WIDTH, cardHeight, QUEUE_HEIGHT, QUEUE_WIDTH, rowMiddles } from './sizes.ts'
import { wrapping } from './wrapping.ts'

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.spacing.nodeNode': '22',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.componentComponent': '48',
  'elk.layered.spacing.nodeNodeBetweenLayers': '44',
  'elk.layered.spacing.edgeNodeBetweenLayers': '18',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.highDegreeNodes.treatment': 'true',
}

/** What the layout engine needs to know of a graph: sizes, and on which rows edges begin and end. */
export function layoutInput(model: GraphModel, aspectRatio?: number): ElkNode {
  const cards = model.cards.map((card) => ({
    id: card.id,
    width: CARD_WIDTH,
    height: cardHeight(card),
    ports: cardPorts(card),
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
  }))
  const queues = model.queues.map((queue) => ({
    id: queue.id,
    width: QUEUE_WIDTH,
    height: QUEUE_HEIGHT,
    ports: ports(queue.id, QUEUE_WIDTH, QUEUE_HEIGHT / 2),
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
  }))
  return {
    id: 'graph',
    layoutOptions: { ...OPTIONS, ...wrapping(aspectRatio) },
    children: [...cards, ...queues],
    edges: model.edges.map(({ id, from, to }) => ({ id, sources: [`${from} out`], targets: [`${to} in`] })),
  }
}

function cardPorts(card: CardNode): ElkPort[] {
  return [...rowMiddles(card)].flatMap(([id, middle]) => ports(id, CARD_WIDTH, middle))
}

function ports(id: string, width: number, y: number): ElkPort[] {
  return [
    { id: `${id} in`, x: 0, y, layoutOptions: { 'elk.port.side': 'WEST' } },
    { id: `${id} out`, x: width, y, layoutOptions: { 'elk.port.side': 'EAST' } },
  ]
}
