import { diag } from '@opentelemetry/api'

const reported = new Set<string>()

/** Runs a step of ours. What it throws goes to `diag`, once a step, and `fallback` is the answer. */
export function guard<T>(step: string, run: () => T, fallback: T): T {
  try {
    return run()
  } catch (error) {
    report(step, error)
    return fallback
  }
}

/** Tells the user once that a step of ours failed; the traced call itself goes on. */
export function report(step: string, error: unknown): void {
  if (reported.has(step)) return
  reported.add(step)
  diag.error(`flowstitch: ${step} failed; further failures of this step are not reported`, error)
}
