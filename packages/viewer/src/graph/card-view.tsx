import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { formatCount } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { msBetween } from '../format/time.ts'
import { serviceColor } from '../ui/colors.ts'
import { useGraph } from './graph-context.ts'
import type { CardNode, Lane, StepItem } from './graph-model.ts'

type Props = NodeProps<Node<{ card: CardNode }, 'card'>>

export const CardView = memo(function CardView({ data: { card } }: Props): ReactElement {
  const color = { '--color': serviceColor(card.service) } as React.CSSProperties
  return (
    <div className="card" data-many={card.count > 1} style={color}>
      <Handle type="target" position={Position.Left} />
      <div className="card-service truncate">
        <span className="swatch" aria-hidden="true" />
        {card.service}
        {card.count > 1 && <span className="times">×{formatCount(card.count)}</span>}
      </div>
      {card.lanes.map((lane) => (
        <LaneView key={lane.id} lane={lane} cardCount={card.count} />
      ))}
      <Handle type="source" position={Position.Right} />
    </div>
  )
})

function LaneView({ lane, cardCount }: { lane: Lane; cardCount: number }): ReactElement {
  const { expand } = useGraph()
  const { attempt } = lane
  return (
    <div className="lane" data-outcome={attempt?.outcome}>
      {attempt && (
        <div className="lane-attempt">
          <strong>#{attempt.number}</strong> {attempt.outcome.replace('-', ' ')}
          {attempt.dwellMs !== undefined && <span>{formatDuration(attempt.dwellMs)} in queue</span>}
        </div>
      )}
      {lane.rows.map((item) => (
        <StepButton key={item.id} item={item} showCount={item.count !== cardCount} />
      ))}
      {lane.hidden > 0 && (
        <button type="button" className="step nodrag more" onClick={() => expand(lane.id)}>
          {lane.hidden} more
        </button>
      )}
    </div>
  )
}

function StepButton({ item, showCount }: { item: StepItem; showCount: boolean }): ReactElement {
  const { selected, open } = useGraph()
  const { step, id, depth, critical, count } = item
  const longest = formatDuration(msBetween(step.startTimeUnixNano, step.endTimeUnixNano))
  const duration = count > 1 ? `≤ ${longest}` : longest
  const what = count > 1 ? `${formatCount(count)} steps` : 'Step'
  const isError = step.status === 'error'
  const facts = [
    step.service,
    duration,
    isError && 'error',
    step.shared && 'shared',
    critical && 'critical path',
  ]
  return (
    <button
      type="button"
      className="step nodrag"
      data-stop={id}
      data-critical={critical}
      data-error={isError}
      aria-label={`${what} ${step.name}, ${facts.filter(Boolean).join(', ')}`}
      aria-pressed={id === selected}
      style={{ paddingInlineStart: 12 + Math.min(depth, 6) * 9 }}
      onClick={() => open(item)}
    >
      <span className="truncate">{step.name}</span>
      {showCount && <span className="times">×{formatCount(count)}</span>}
      {step.shared && <span className="tag">shared</span>}
      <span className="step-time">{duration}</span>
    </button>
  )
}
