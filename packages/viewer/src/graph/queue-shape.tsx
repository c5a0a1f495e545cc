import type { ReactElement } from 'react'
import { QUEUE_HEIGHT, QUEUE_WIDTH } from './sizes.ts'

const CAP = 9

/** A queue as a pipe lying on its side, open where messages leave. */
export function QueueShape({
  width = QUEUE_WIDTH,
  height = QUEUE_HEIGHT,
}: {
  width?: number
  height?: number
}): ReactElement {
  const w = width - 1
  const h = height - 1
  const right = w - CAP
  return (
    <svg className="queue-shape" width={width} height={height} aria-hidden="true">
      <path
        className="queue-body"
        d={`M${CAP + 0.5},0.5H${right}A${CAP},${h / 2} 0 0 1 ${right},${h}H${CAP + 0.5}A${CAP},${h / 2} 0 0 1 ${CAP + 0.5},0.5z`}
      />
      <ellipse className="queue-mouth" cx={right} cy={h / 2 + 0.25} rx={CAP} ry={h / 2 - 0.25} />
    </svg>
  )
}
