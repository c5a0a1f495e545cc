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
  /** Why it says nothing about the adapter. */
  readonly silence?: string
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
    const found = foundOf(rule, system, spans, behaviours)
    return { id, level, text, ...found, ...(found.applied === 0 && silenceOf(rule, system, behaviours)) }
  })
}

function foundOf(
  rule: Rule,
  system: string,
  spans: readonly ReadableSpan[],
  behaviours: readonly BehaviourResult[],
): Pick<RuleResult, 'applied' | 'broken' | 'departs'> {
  if (!concerns(rule, system)) return { applied: 0, broken: [] }
  if ('departs' in rule) return { applied: 1, broken: [], departs: rule.departs }
  if ('provedBy' in rule) {
    const proofs = namedLike(rule.provedBy, behaviours).filter(({ outcome }) => outcome !== 'skipped')
    const broken = proofs.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
    return { applied: proofs.length, broken }
  }
  const applied = spans.filter((span) => rule.applies(span))
  return {
    applied: applied.length,
    broken: applied.filter((span) => !rule.holds(span)).map(({ name }) => name),
  }
}

/** Why a rule says nothing: it is another system's, or what would show it can't be. */
function silenceOf(
  rule: Rule,
  system: string,
  behaviours: readonly BehaviourResult[],
): Pick<RuleResult, 'silence'> {
  if (!concerns(rule, system)) return { silence: `it is a rule of ${rule.system}` }
  if ('departs' in rule) return {}
  const shows = 'provedBy' in rule ? rule.provedBy : (rule.shownBy ?? [])
  const skipped = namedLike(shows, behaviours).find(({ reason }) => reason !== undefined)
  return { silence: skipped?.reason ?? ('silence' in rule ? rule.silence : undefined) }
}

function concerns(rule: Rule, system: string): boolean {
  return rule.system === undefined || rule.system === system
}

function namedLike(
  starts: readonly string[],
  behaviours: readonly BehaviourResult[],
): readonly BehaviourResult[] {
  return behaviours.filter(({ name }) => starts.some((start) => name.startsWith(start)))
}
