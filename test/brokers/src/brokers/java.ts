/** Small, quick to start, and enough for a test's broker: one thread collects, the quick compiler compiles. */
export const frugal: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
