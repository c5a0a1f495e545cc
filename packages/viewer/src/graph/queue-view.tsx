import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import { formatCount } from '../format/count.ts'
import { formatDuration } from '../format/duration.ts'
import { useGraph } from './graph-context.ts'
import type { QueueNode } from './graph-model.ts'
import { QueueShape } from './queue-shape.tsx'

type Props = NodeProps<Node<{ queue: QueueNode }, 'queue'>>

export const QueueView = memo(function QueueView({ data: { queue } }: Props): ReactElement {
  const { selected, open } = useGraph()
  const { message, critical, id, count, dwellMs } = queue
  const state = message.state.replace('-', ' ')
  const what = count > 1 ? `${formatCount(count)} messages` : 'Message'
  const waited = dwellMs === undefined ? '' : `, ${formatDuration(dwellMs)} in queue`
  return (
    <button
      type="button"
      className="queue nodrag"
      data-stop={id}
      data-state={message.state}
      data-critical={critical}
      aria-pressed={id === selected}
      aria-label={`${what} in ${message.system} ${message.destination}, ${state}${waited}`}
      data-many={count > 1}
      onClick={() => open(queue)}
    >
      <Handle type="target" position={Position.Left} />
      <QueueShape />
      <span className="queue-name truncate">
        {message.destination}
        {count > 1 && <span className="times">×{formatCount(count)}</span>}
      </span>
      <span className="queue-facts truncate">
        {message.state === 'processed' ? message.system : `${message.system}, ${state}`}
        {dwellMs !== undefined && (
          <strong>
            {count > 1 && '≤ '}
            {formatDuration(dwellMs)}
          </strong>
        )}
      </span>
      <Handle type="source" position={Position.Right} />
    </button>
  )
})
