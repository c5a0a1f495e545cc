import type { MessageFacts } from '@flowstitch/core'

/** The header by which JetStream knows a message, to drop its duplicates. */
export const MSG_ID = 'Nats-Msg-Id'

/** What a stream answers to a publish. */
export interface Stored {
  readonly stream: string
  readonly seq: number
  readonly duplicate?: boolean
}

/** What it tells of a message, whose id is what its producer has given it, else its place in the stream. */
export function storedFacts({ stream, seq, duplicate }: Stored, msgID: string | undefined): MessageFacts {
  return { ...positionFacts(stream, seq, msgID), duplicate }
}

/** What JetStream tells of a delivery: it stands in the subject for its acknowledgement. */
export interface DeliveryInfo {
  readonly stream: string
  readonly streamSequence: number
  readonly deliveryCount: number
  /** When the stream stored the message, nanoseconds since the epoch. */
  readonly timestampNanos: number
}

/** What it tells of the message. */
export function deliveryFacts(info: DeliveryInfo, msgID: string | undefined): MessageFacts {
  return {
    ...positionFacts(info.stream, info.streamSequence, msgID),
    attempt: info.deliveryCount,
    brokerTimeMs: Math.floor(info.timestampNanos / 1e6),
  }
}

function positionFacts(stream: string, sequence: number, msgID: string | undefined): MessageFacts {
  return { coordinate: `nats/${stream}/${sequence}`, id: msgID || String(sequence) }
}
