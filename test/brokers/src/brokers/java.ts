/** Small, quick to start, and enough for a test's broker: one thread collects, the quick compiler compiles. */
export const frugal = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
