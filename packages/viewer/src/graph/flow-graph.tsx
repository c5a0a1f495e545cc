import { useMemo, useState, type ReactElement } from 'react'
import type { FlowIndex } from '../flow/flow-index.ts'
import { formatSelection, parseSelection, type Selection } from '../flow/refs.ts'
import type { Visits } from '../flow/visits.ts'
import { plural } from '../format/count.ts'
import { Notice } from '../ui/notice.tsx'
import { Canvas } from './canvas.tsx'
import { CardView } from './card-view.tsx'
import { GraphContext, type GraphContextValue } from './graph-context.ts'
import { buildGraph } from './graph-model.ts'
import type { InputOf } from './layout.ts'
import { layoutInput } from './layout-input.ts'
import { GraphLegend } from './legend.tsx'
import { QueueView } from './queue-view.tsx'
import { cardHeight, CARD_WIDTH, QUEUE_HEIGHT, QUEUE_WIDTH } from './sizes.ts'
import { stopsOf } from './stops.ts'
import { useLayout } from './use-layout.ts'
import './graph.css'

/** Beyond this a picture of boxes and lines no longer helps, and takes too long to lay out. */
const MOST_NODES = 1000

const NODE_TYPES = { card: CardView, queue: QueueView }

interface Props {
  index: FlowIndex
  visits: Visits
  selection: Selection | undefined
  select: (selection: Selection | undefined) => void
  showTimeline: () => void
}

/** One flow as boxes and lines: services with their steps, and the messages between them. */
export default function FlowGraph({ index, visits, selection, select, showTimeline }: Props): ReactElement {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set())
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const model = useMemo(
    () => buildGraph(index, visits, { expanded, unfolded }),
    [index, visits, expanded, unfolded],
  )
  const size = model.cards.length + model.queues.length
  const inputOf = useMemo<InputOf | undefined>(
    () => (size > MOST_NODES ? undefined : (aspectRatio) => layoutInput(model, aspectRatio)),
    [model, size],
  )
  const { layout, error } = useLayout(inputOf)

  const nodes = useMemo(
    () => [
      ...model.cards.map((card) => ({
        id: card.id,
        type: 'card' as const,
        width: CARD_WIDTH,
        height: cardHeight(card),
        data: { card },
      })),
      ...model.queues.map((queue) => ({
        id: queue.id,
        type: 'queue' as const,
        width: QUEUE_WIDTH,
        height: QUEUE_HEIGHT,
        data: { queue },
      })),
    ],
    [model],
  )
  const edges = useMemo(
    () =>
      model.edges.map((edge) => ({
        ...edge,
        kind: edge.guess ? 'guess' : (edge.evidence ?? 'parent'),
        label: edge.evidence && `${edge.guess ? 'may have caused' : 'caused'}, by ${edge.evidence}`,
      })),
    [model],
  )
  const stops = useMemo(() => (layout ? stopsOf(model, layout) : []), [model, layout])
  const context = useMemo<GraphContextValue>(
    () => ({
      index,
      selected: selection && formatSelection(selection),
      open: ({ id, unfolds }) => {
        if (unfolds === undefined) select(parseSelection(id))
        else setUnfolded((before) => new Set([...before, unfolds]))
      },
      expand: (lane) => setExpanded((before) => new Set([...before, lane])),
    }),
    [index, selection, select],
  )

  if (size > MOST_NODES || error) {
    return (
      <Notice title={error ? 'The graph could not be laid out' : 'Too large for a graph'}>
        <p>
          {error?.message ??
            `This flow has ${plural(visits.all.length, 'stay')} in services and ${plural(index.messages.size, 'message')}; a picture of more than ${MOST_NODES} boxes helps nobody.`}{' '}
          The timeline shows all of it.
        </p>
        <button type="button" className="button primary" onClick={showTimeline}>
          Show the timeline
        </button>
      </Notice>
    )
  }
  if (!layout) return <Notice title={`Laying out ${plural(size, 'box', 'boxes')}…`} />
  return (
    <GraphContext value={context}>
      <Canvas
        label={`Graph of ${plural(index.steps.size, 'step')} and ${plural(index.messages.size, 'message')}`}
        nodes={nodes}
        edges={edges}
        layout={layout}
        nodeTypes={NODE_TYPES}
        stops={stops}
        links={model.edges}
        selected={context.selected}
      >
        <GraphLegend edges={model.edges} />
        {unfolded.size > 0 && (
          <button type="button" className="button graph-fold" onClick={() => setUnfolded(new Set())}>
            Fold alike messages
          </button>
        )}
      </Canvas>
    </GraphContext>
  )
}
