import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConformanceReport } from '@flowstitch/testing'
import { succeeds } from './command.ts'
import { prepared } from './prepare.ts'

const FILE = 'docs/conformance.md'

/** Runs every adapter's conformance suite against its broker, and writes what it found for people to read. */
async function report(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'flowstitch-conformance-'))
  const green = await succeeds('vitest', ['run', 'conformance.test.ts'], {
    FLOWSTITCH_CONFORMANCE_REPORT: folder,
  })
  const reports = readdirSync(folder)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceReport)
  rmSync(folder, { recursive: true })
  writeFileSync(FILE, markdown(reports))
  console.log(`${FILE}: ${reports.map(({ adapter }) => adapter).join(', ')}`)
  return green && reports.length > 0
}

function markdown(reports: readonly ConformanceReport[]): string {
  return [
    '# Conformance',
    '',
    'What every adapter does against its real broker, and how its spans stand to the rules of the messaging',
    'conventions (semantic conventions 1.45). Written by `npm run conformance`.',
    '',
    '## Rules',
    '',
    ...table(
      ['rule', 'level', '', ...reports.map(({ adapter }) => adapter)],
      (reports[0]?.rules ?? []).map(({ id, level, text }) => [
        id,
        level,
        text,
        ...reports.map((r) => ruleCell(r, id)),
      ]),
    ),
    '',
    'Each cell tells how many spans the rule said something about, or how many behaviours prove it; `–` where it',
    'says nothing about the adapter, for a reason that stands below.',
    '',
    '### Not followed, and why',
    '',
    ...departures(reports),
    '',
    '### Says nothing, and why',
    '',
    ...silences(reports),
    '',
    '## Behaviours',
    '',
    ...table(
      ['behaviour', ...reports.map(({ adapter }) => adapter)],
      (reports[0]?.behaviours ?? []).map(({ name }) => [name, ...reports.map((r) => outcomeOf(r, name))]),
    ),
    '',
    ...reports.flatMap(skipped),
    '',
  ].join('\n')
}

function ruleCell(report: ConformanceReport, id: string): string {
  const { applied = 0, broken = [], departs } = report.rules.find((rule) => rule.id === id) ?? {}
  if (applied === 0) return '–'
  if (departs !== undefined) return 'not followed'
  return broken.length === 0 ? `holds (${applied})` : `**broken** by ${broken.length} of ${applied}`
}

function departures(reports: readonly ConformanceReport[]): string[] {
  const reasons = new Map(
    reports.flatMap(({ rules }) =>
      rules.flatMap(({ id, level, text, departs }) =>
        departs === undefined ? [] : [[id, `- ${id} (${level}) “${text}”: ${departs}.`] as const],
      ),
    ),
  )
  return [...reasons.values()]
}

/** The reasons, each with the rules that it is for and with the adapters that it holds for. */
function silences(reports: readonly ConformanceReport[]): string[] {
  const byReason = new Map<string, Map<string, string[]>>()
  for (const { adapter, rules } of reports) {
    for (const { id, silence } of rules) {
      if (silence === undefined) continue
      const ids = byReason.get(silence) ?? new Map<string, string[]>()
      byReason.set(silence, ids.set(adapter, [...(ids.get(adapter) ?? []), id]))
    }
  }
  return [...byReason].map(([reason, byAdapter]) => {
    const byRules = Map.groupBy(byAdapter, ([, ids]) => ids.join('; '))
    const about = [...byRules].map(([ids, of]) => `${ids} (${of.map(([adapter]) => adapter).join(', ')})`)
    return `- ${reason}: ${about.join('; ')}.`
  })
}

function outcomeOf(report: ConformanceReport, name: string): string {
  return report.behaviours.find((behaviour) => behaviour.name === name)?.outcome ?? '–'
}

function skipped({ adapter, behaviours }: ConformanceReport): string[] {
  return behaviours
    .filter(({ outcome }) => outcome === 'skipped')
    .map(({ name, reason }) => `- ${adapter} skips “${name}”: ${reason}.`)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

process.exitCode = (await prepared('testBrokers')) && (await report()) ? 0 : 1
