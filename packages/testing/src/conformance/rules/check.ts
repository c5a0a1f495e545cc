import * as names from '@flowstitch/core/semconv'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { departures, provedRules } from './proved.ts'
import type { Level, Rule, SpanRule } from './rule.ts'
import { spanRules } from './spans.ts'
import { systemRules } from './systems.ts'

/** What was found of one rule. */
export interface RuleResult {
  readonly id: string
  readonly level: Level
  readonly text: string
  /** Of how many spans it said something, or how many behaviours have proved it. */
  readonly applied: number
  /** The spans' names, or the behaviours that failed. */
  readonly broken: readonly string[]
  /** Why it is not followed. */
  readonly departs?: string
}

/** What became of a behaviour. */
export interface BehaviourResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly reason?: string
}

export const checkedOnSpans: readonly SpanRule[] = [...spanRules, ...systemRules]

/** All rules, by chapter of the conventions' checklist. */
export const rules: readonly Rule[] = [...checkedOnSpans, ...provedRules, ...departures].toSorted(
  (one, other) => one.id.localeCompare(other.id, 'en', { numeric: true }),
)

/** Whether a span is one of an adapter's. */
export function isMessaging({ instrumentationScope, attributes }: ReadableSpan): boolean {
  return instrumentationScope.name.startsWith('@flowstitch/') && names.MESSAGING_SYSTEM_NAME in attributes
}

/** Holds spans and behaviours against the rules. */
export function checkRules(
  system: string,
  spans: readonly ReadableSpan[],
  behaviours: readonly BehaviourResult[],
): RuleResult[] {
  return rules.map((rule) => {
    const { id, level, text } = rule
    return { id, level, text, ...foundOf(rule, system, spans, behaviours) }
  })
}

function foundOf(
  rule: Rule,
  system: string,
  spans: readonly ReadableSpan[],
  behaviours: readonly BehaviourResult[],
): Pick<RuleResult, 'applied' | 'broken' | 'departs'> {
  if ('departs' in rule) {
    const concerns = rule.system === undefined || rule.system === system
    return { applied: concerns ? 1 : 0, broken: [], ...(concerns ? { departs: rule.departs } : {}) }
  }
  if ('provedBy' in rule) {
    const proofs = behaviours.filter(
      ({ name, outcome }) => outcome !== 'skipped' && rule.provedBy.some((start) => name.startsWith(start)),
    )
    const broken = proofs.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
    return { applied: proofs.length, broken }
  }
  const applied = spans.filter((span) => rule.applies(span))
  return {
    applied: applied.length,
    broken: applied.filter((span) => !rule.holds(span)).map(({ name }) => name),
  }
}
