/** A log that keeps messages in the order in which groups read them, and a place in it. */
export interface Place {
  /** Missing where the broker has no such order: a queue hands out whatever is next. */
  log?: string
  position: number
}

/** Kafka partitions and offsets, JetStream streams and sequences. */
const NUMBERED = /^((?:kafka|nats)\/.+)\/(\d{1,15})$/
/** Redis streams and entry ids: milliseconds, and a number within them. */
const TIMED = /^(redis\/.+)\/(\d{1,13})-(\d{1,6})$/

export function placeOf(coordinate: string | undefined): Place {
  if (coordinate === undefined) return { position: 0 }
  const numbered = NUMBERED.exec(coordinate)
  if (numbered) return { log: numbered[1]!, position: Number(numbered[2]) }
  const timed = TIMED.exec(coordinate)
  if (!timed) return { position: 0 }
  return { log: timed[1]!, position: Number(timed[2]) * 1000 + Math.min(999, Number(timed[3])) }
}
