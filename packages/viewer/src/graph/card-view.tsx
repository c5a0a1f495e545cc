import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { formatDuration } from '../format/duration.ts'
import { msBetween } from '../format/time.ts'
import { serviceColor } from '../ui/colors.ts'
import { useGraph } from './graph-context.ts'
import type { CardNode, Lane, StepItem } from './graph-model.ts'

type Props = NodeProps<Node<{ card: CardNode }, 'card'>>

export const CardView = memo(function CardView({ data: { card } }: Props): ReactElement {
  const color = { '--color': serviceColor(card.service) } as React.CSSProperties
  return (
    <div className="card" style={color}>
      <Handle type="target" position={Position.Left} />
      <div className="card-service truncate">
        <span className="swatch" aria-hidden="true" />
        {card.service}
      </div>
      {card.lanes.map((lane) => (
        <LaneView key={lane.id} lane={lane} />
      ))}
      <Handle type="source" position={Position.Right} />
    </div>
  )
})

function LaneView({ lane }: { lane: Lane }): ReactElement {
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
        <StepButton key={item.id} item={item} />
      ))}
      {lane.hidden > 0 && (
        <button type="button" className="step nodrag more" onClick={() => expand(lane.id)}>
          {lane.hidden} more
        </button>
      )}
    </div>
  )
}

function StepButton({ item }: { item: StepItem }): ReactElement {
  const { selected, pick } = useGraph()
  const { step, id, depth, critical } = item
  const duration = formatDuration(msBetween(step.startTimeUnixNano, step.endTimeUnixNano))
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
      aria-label={`Step ${step.name}, ${facts.filter(Boolean).join(', ')}`}
      aria-pressed={id === selected}
      style={{ paddingInlineStart: 12 + Math.min(depth, 6) * 9 }}
      onClick={() => pick(id)}
    >
      <span className="truncate">{step.name}</span>
      {step.shared && <span className="tag">shared</span>}
      <span className="step-time">{duration}</span>
    </button>
  )
}
