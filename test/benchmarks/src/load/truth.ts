import { keyOf, type LoadSpan, type Ref } from './span.ts'

export type Evidence = 'parent' | 'link' | 'coordinate' | 'message-id' | 'key' | 'flow-context'
export type MessageState = 'in-flight' | 'processed' | 'failed' | 'dead-lettered' | 'lost' | 'unknown'
type Outcome = 'succeeded' | 'failed' | 'settled-negatively'

/** One delivery of a message to one group. */
export interface AttemptTruth {
  readonly group: string
  readonly number: number
  readonly step: Ref
  readonly outcome: Outcome
}

/** What really became of a message. */
export interface MessageTruth {
  /** The context that travels with it, or did: `trace id-span id`. */
  readonly key: string
  readonly attempts: AttemptTruth[]
  state: MessageState
}

/** Where a flow's time went, in microseconds; the rest of its duration is work. */
export interface Waits {
  dwell: number
  delay: number
  retry: number
  unknown: number
}

/** What really belongs to a flow, told by who made it up and not by how anybody would find out. */
export class FlowTruth {
  readonly id: string
  readonly origin: LoadSpan
  readonly steps = new Map<string, LoadSpan>()
  /** `from>to evidence`, with a question mark where nothing says which message of a batch caused a step. */
  readonly edges = new Set<string>()
  readonly messages: MessageTruth[] = []
  readonly waits: Waits = { dwell: 0, delay: 0, retry: 0, unknown: 0 }
  /** Something was left out of it, and its answer has to say so. */
  truncated = false

  constructor(origin: LoadSpan) {
    this.id = origin.traceId
    this.origin = origin
    this.add(origin)
  }

  add(step: LoadSpan): void {
    this.steps.set(keyOf(step), step)
  }

  edge(from: Ref, to: Ref, evidence: Evidence, mayCause = false): void {
    this.edges.add(edgeKey(from, to, evidence, mayCause))
  }
}

export function edgeKey(from: Ref, to: Ref, evidence: string, mayCause = false): string {
  return `${keyOf(from)}>${keyOf(to)} ${evidence}${mayCause ? '?' : ''}`
}
