/** Takes the rejections that nobody handles, which are errors of a test run else. */
export function collectRejections(): { readonly reasons: unknown[]; stop(): void } {
  const others = process.listeners('unhandledRejection')
  const reasons: unknown[] = []
  const collect = (reason: unknown): void => void reasons.push(reason)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', collect)
  return {
    reasons,
    stop() {
      process.off('unhandledRejection', collect)
      for (const listener of others) process.on('unhandledRejection', listener)
    },
  }
}
