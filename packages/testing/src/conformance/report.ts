import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BehaviourResult, RuleResult } from './rules/check.ts'

/** What the suite found of one adapter, as `FLOWSTITCH_CONFORMANCE_REPORT` gets it. */
export interface ConformanceReport {
  readonly adapter: string
  readonly system: string
  readonly spans: number
  readonly behaviours: readonly BehaviourResult[]
  readonly rules: readonly RuleResult[]
}

/** Leaves the report in the folder that `FLOWSTITCH_CONFORMANCE_REPORT` names, if it names one. */
export function writeReport(report: ConformanceReport): void {
  const folder = process.env['FLOWSTITCH_CONFORMANCE_REPORT']
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${report.adapter}.json`), JSON.stringify(report, undefined, 2))
}
