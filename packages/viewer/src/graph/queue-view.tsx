import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import type { Message } from '../api/model.ts'
import { formatDuration } from '../format/duration.ts'
import { useGraph } from './graph-context.ts'
import type { QueueNode } from './graph-model.ts'
import { QueueShape } from './queue-shape.tsx'

type Props = NodeProps<Node<{ queue: QueueNode }, 'queue'>>

export const QueueView = memo(function QueueView({ data: { queue } }: Props): ReactElement {
  const { selected, pick } = useGraph()
  const { message, critical, id } = queue
  const state = message.state.replace('-', ' ')
  const dwell = longestDwell(message)
  const waited = dwell === undefined ? '' : `, ${formatDuration(dwell)} in queue`
  return (
    <button
      type="button"
      className="queue nodrag"
      data-stop={id}
      data-state={message.state}
      data-critical={critical}
      aria-pressed={id === selected}
      aria-label={`Message in ${message.system} ${message.destination}, ${state}${waited}`}
      onClick={() => pick(id)}
    >
      <Handle type="target" position={Position.Left} />
      <QueueShape />
      <span className="queue-name truncate">{message.destination}</span>
      <span className="queue-facts truncate">
        {message.state === 'processed' ? message.system : `${message.system}, ${state}`}
        {dwell !== undefined && <strong>{formatDuration(dwell)}</strong>}
      </span>
      <Handle type="source" position={Position.Right} />
    </button>
  )
})

function longestDwell(message: Message): number | undefined {
  const dwells = message.attempts.flatMap(({ number, dwellMs }) => (number === 1 ? (dwellMs ?? []) : []))
  return dwells.length === 0 ? undefined : Math.max(...dwells)
}
