import type { MessageFacts } from '../model/message.ts'
import type { Relation } from '../model/options.ts'

/** Why a consumer span stands to its message as it does. */
export type RelationReason =
  | 'configured'
  | 'single'
  | 'batch'
  | 'in-batch'
  | 'redelivery'
  | 'delayed'
  | 'dead-letter'
  | 'no-context'

export interface RelationDecision {
  /** `child`: of the batch that it is handled in. */
  readonly relation: 'parent' | 'link' | 'child'
  readonly reason: RelationReason
}

/**
 * Decides for a single message. Batches never have a parent: none of their messages is more of a cause
 * than the others (messaging spans, "Consumer spans").
 */
export function decideRelation(
  policy: Relation,
  facts: MessageFacts,
  dwellMs: number | undefined,
  longDelayMs: number,
): RelationDecision {
  if (policy !== 'auto') return { relation: policy, reason: 'configured' }
  if (facts.deadLetter) return { relation: 'link', reason: 'dead-letter' }
  if ((facts.attempt ?? 1) > 1) return { relation: 'link', reason: 'redelivery' }
  const held = (facts.delayMs ?? 0) > 0 || facts.heldUntilMs !== undefined
  if (held || (dwellMs ?? 0) >= longDelayMs) return { relation: 'link', reason: 'delayed' }
  return { relation: 'parent', reason: 'single' }
}
