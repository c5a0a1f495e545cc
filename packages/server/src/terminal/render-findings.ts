import { checks } from '../doctor/checks.ts'
import type { Finding } from '../doctor/finding.ts'
import type { Look, Paint } from './style.ts'
import { counted, fit, piece } from './text.ts'

const looks: Record<Finding['severity'], { mark: string; look: Look }> = {
  broken: { mark: '✗', look: 'bad' },
  blind: { mark: '!', look: 'waiting' },
}

/** Findings under the check that found them, with the fix once; then what was looked for. */
export function renderFindings(findings: Finding[], flowCount: number, width: number, paint: Paint): string {
  const lines: string[] = []
  for (const check of new Set(findings.map(({ check }) => check))) {
    const found = findings.filter((finding) => finding.check === check)
    const { mark, look } = looks[found[0]!.severity]
    lines.push(
      `${paint(look, mark)} ${paint('strong', check)}`,
      ...found.map((finding) => findingLine(finding, width, paint)),
    )
    lines.push(`  ${paint('good', 'fix')} ${found[0]!.fix}`, '')
  }
  const checked = checks.map(({ name }) => name).join('; ')
  const verdict =
    findings.length === 0 ? paint('good', '✓ nothing is missing') : counted(findings.length, 'finding')
  lines.push(`${verdict} in ${counted(flowCount, 'flow')}`, paint('faint', `Looked for: ${checked}.`))
  return lines.join('\n')
}

function findingLine({ where, what, count, flowId }: Finding, width: number, paint: Paint): string {
  const example = flowId === undefined ? [] : [piece(`  ${count}×, see ${flowId}`, 'faint')]
  return fit(
    [piece('  '), piece(where, 'strong'), piece(` ${what}`), ...example],
    Math.max(width, 80),
    paint,
  ).trimEnd()
}
