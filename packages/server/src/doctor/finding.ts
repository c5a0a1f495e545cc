import type { DestinationReport, Flow } from '@flowstitch/correlator'

/** What the doctor has looked at. */
export interface Evidence {
  flows: Flow[]
  destinations: DestinationReport[]
}

/** One thing that is missing at one place. */
export interface Symptom {
  /** The service to change, or the destination when no service is known. */
  where: string
  /** What was seen, in a sentence that does not vary from flow to flow. */
  what: string
  /** A flow that shows it. */
  flowId?: string
}

/** One thing that the doctor looks for. */
export interface Check {
  name: string
  /** `broken`: flows come apart or lie. `blind`: they hold, but say less than they could. */
  severity: 'broken' | 'blind'
  fix: string
  find: (evidence: Evidence) => Symptom[]
}

/** A symptom counted over everything that shows it. */
export interface Finding extends Symptom {
  check: string
  severity: Check['severity']
  fix: string
  count: number
}
