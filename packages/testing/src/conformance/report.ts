import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RuleResult } from './rules.ts'

/** What became of a behaviour. */
export interface BehaviourResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly reason?: string
}

/** What the suite found of one adapter, as `FLOWSTITCH_CONFORMANCE_REPORT` gets it. */
export interface ConformanceReport {
  readonly adapter: string
  readonly system: string
  readonly spans: number
  readonly behaviours: readonly BehaviourResult[]
  readonly rules: readonly {
    id: string
    level: string
    text: string
    applied: number
    broken: readonly string[]
  }[]
}

/** Leaves the report in the folder that `FLOWSTITCH_CONFORMANCE_REPORT` names, if it names one. */
export function writeReport(report: Omit<ConformanceReport, 'rules'>, results: readonly RuleResult[]): void {
  const folder = process.env['FLOWSTITCH_CONFORMANCE_REPORT']
  if (!folder) return
  const rules = results.map(({ rule: { id, level, text }, applied, broken }) => ({
    id,
    level,
    text,
    applied,
    broken,
  }))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${report.adapter}.json`), JSON.stringify({ ...report, rules }, undefined, 2))
}
