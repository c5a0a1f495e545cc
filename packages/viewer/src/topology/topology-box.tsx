import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { memo, type ReactElement } from 'react'
import type { TopologyNode } from '@flowstitch/correlator'
import { QueueShape } from '../graph/queue-shape.tsx'
import { serviceColor } from '../ui/colors.ts'
import { navigate } from '../ui/hash-location.ts'
import { sizeOf } from './topology-input.ts'

type Props = NodeProps<Node<{ node: TopologyNode }, 'box'>>

const KIND_NAME: Record<TopologyNode['kind'], string> = {
  service: 'Service',
  destination: 'Destination',
  'consumer-group': 'Consumer group',
}

/** A service, destination or consumer group; the first two lead to their flows. */
export const TopologyBox = memo(function TopologyBox({ data: { node } }: Props): ReactElement {
  const { kind, name, system } = node
  const open = (): void => {
    if (kind !== 'consumer-group') navigate(`/?${new URLSearchParams({ [kind]: name })}`)
  }
  return (
    <button
      type="button"
      className="topology-box nodrag"
      data-kind={kind}
      data-stop={node.id}
      aria-label={`${KIND_NAME[kind]} ${name}`}
      title={kind === 'consumer-group' ? name : `Flows through ${name}`}
      style={{ '--color': serviceColor(name) } as React.CSSProperties}
      onClick={open}
    >
      <Handle type="target" position={Position.Left} />
      {kind === 'destination' && <QueueShape {...sizeOf(node)} />}
      <span className="truncate">{name}</span>
      {kind !== 'service' && (
        <small className="truncate">{kind === 'consumer-group' ? 'consumer group' : system}</small>
      )}
      <Handle type="source" position={Position.Right} />
    </button>
  )
})
