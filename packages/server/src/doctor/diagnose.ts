import { checks } from './checks.ts'
import type { Evidence, Finding } from './finding.ts'

/** Runs every check; equal symptoms at one place are one finding. The gravest and most frequent come first. */
export function diagnose(evidence: Evidence): Finding[] {
  return checks.flatMap(({ name, severity, fix, find }) => {
    const findings = new Map<string, Finding>()
    for (const symptom of find(evidence)) {
      const key = `${symptom.where}\n${symptom.what}`
      const known = findings.get(key)
      if (known) known.count++
      else findings.set(key, { check: name, severity, fix, ...symptom, count: 1 })
    }
    return [...findings.values()].sort((a, b) => b.count - a.count)
  })
}
