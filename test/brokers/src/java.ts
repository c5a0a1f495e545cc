/** Small, quick to start, and enough here: one thread collects, the quick compiler compiles. */
export const frugal: readonly string[] = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
