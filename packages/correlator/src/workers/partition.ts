/**
 * Which of `count` partitions owns a trace or a join key: decided by the upper half of its 64-bit hash alone,
 * so that everybody everywhere answers the same without asking anybody. (The lower half is what places keys
 * in the tables of the stores.)
 */
export function partitionOf(hi: number, count: number): number {
  return hi % count
}
