import type { ReactElement } from 'react'
import { Link } from 'wouter'
import type { Flow } from '@flowstitch/correlator'
import { formatCount, plural } from '../format/count.ts'

/** How common what the flow does is, and the way to flows that do the same. */
export function ShapeNote({ flow: { shape, shapeFrequency } }: { flow: Flow }): ReactElement | null {
  if (!shapeFrequency) return null
  const { flows, ofFlows, rare } = shapeFrequency
  return (
    <p className="flow-counts">
      {rare && <span className="warning-tag">rare</span>}{' '}
      <Link href={`/?shape=${shape}`} className="link">
        {formatCount(flows)} of {plural(ofFlows, 'flow')}
      </Link>{' '}
      with this origin have this shape
    </p>
  )
}
