import type { ReactElement } from 'react'
import type { ShapeStep } from '@flowstitch/correlator'
import { serviceColor } from '../ui/colors.ts'

/** What a kind of step is called, and whose it is. */
export function ShapeStepName({ step }: { step: ShapeStep }): ReactElement {
  const { service, kind, name, system, consumerGroup } = step
  return (
    <>
      <span className="swatch" style={{ background: serviceColor(service) }} aria-hidden="true" />
      <strong>{service}</strong> {kind === 'send' || kind === 'process' ? `${kind} ${name}` : name}
      {system && <span className="muted"> {system}</span>}
      {consumerGroup && <span className="muted"> for {consumerGroup}</span>}
    </>
  )
}
