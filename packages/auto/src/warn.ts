/** Tells the user what went wrong here; Node shows it on stderr, and the program goes on. */
export function warn(text: string): void {
  process.emitWarning(text, { type: 'FlowstitchWarning', code: 'FLOWSTITCH_AUTO' })
}

const failed = new Set<string>()

/** Runs a step of ours, which may fail without harm to anybody. What it throws is told once a step. */
export function attempt<T>(step: string, run: () => T, fallback: T): T {
  try {
    return run()
  } catch (error) {
    if (!failed.has(step)) warn(`${step} failed: ${String(error)}`)
    failed.add(step)
    return fallback
  }
}
