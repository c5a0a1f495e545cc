import { NumberList } from '../decode/growing.ts'
import type { Attempt, MessageState } from '../model.ts'

/** A call from one service into another. Texts are numbers of `Names`, times nanoseconds since the epoch. */
export interface CallRow {
  from: number
  to: number
  time: bigint
  failed: boolean
}

/** A message as the totals need it. */
export interface MessageRow {
  system: number
  destination: number
  state: MessageState
  /** Of the sender; 0 where it is unknown. */
  service: number
  sendFailed: boolean
  /** The broker had it already and dropped this copy. */
  duplicate: boolean
  /** The transaction that it was sent in was aborted. */
  aborted: boolean
  /** When it was sent, or, as nobody knows, got first. */
  time: bigint
  /** The log that it lies in (a partition, a stream) and the place in it; 0 where the broker has no such order. */
  log: number
  position: number
  attempts: AttemptRow[]
}

export interface AttemptRow {
  group: number
  /** Whether the group has a name of its own, as against that of the queue. */
  named: boolean
  service: number
  outcome: Attempt['outcome']
  time: bigint
  /** Milliseconds; NaN if unknown. */
  dwellMs: number
  retry: boolean
  /** It came straight from the message's destination, as against a retry topic or a dead-letter queue. */
  direct: boolean
  deadLetter: boolean
  /** Its service says that it records only some of its work. */
  sampled: boolean
}

const STATES: readonly MessageState[] = [
  'in-flight',
  'processed',
  'failed',
  'dead-lettered',
  'lost',
  'unknown',
]
const OUTCOMES: readonly Attempt['outcome'][] = [
  'succeeded',
  'failed',
  'settled-negatively',
  'running',
  'unknown',
]
const CALL = 0
const MESSAGE = 1

export class RowWriter {
  readonly words: NumberList = new NumberList()

  call({ from, to, time, failed }: CallRow): void {
    for (const word of [CALL, from, to, ...halves(time), Number(failed)]) this.words.push(word)
  }

  message(row: MessageRow): void {
    const flags =
      STATES.indexOf(row.state) |
      bit(row.sendFailed, 3) |
      bit(row.duplicate, 4) |
      bit(row.aborted, 5) |
      (row.attempts.length << 6)
    const { system, destination, service, time, log, position } = row
    const place = [log, Math.floor(position / 2 ** 32), position >>> 0]
    for (const word of [MESSAGE, system, destination, service, flags, ...halves(time), ...place])
      this.words.push(word)
    for (const attempt of row.attempts) this.#attempt(attempt)
  }

  #attempt(row: AttemptRow): void {
    const flags =
      OUTCOMES.indexOf(row.outcome) |
      bit(row.named, 3) |
      bit(row.retry, 4) |
      bit(row.direct, 5) |
      bit(row.deadLetter, 6) |
      bit(row.sampled, 7)
    for (const word of [row.group, row.service, flags, ...halves(row.time), floatBits(row.dwellMs)])
      this.words.push(word)
  }
}

/** Reads what `RowWriter` wrote. */
export function* readRows(words: Uint32Array): Generator<CallRow | MessageRow> {
  let at = 0
  while (at < words.length) {
    if (words[at] === CALL) {
      yield {
        from: words[at + 1]!,
        to: words[at + 2]!,
        time: whole(words, at + 3),
        failed: words[at + 5] === 1,
      }
      at += 6
      continue
    }
    const message = messageAt(words, at)
    at += 10 + message.attempts.length * 6
    yield message
  }
}

export function isMessageRow(row: CallRow | MessageRow): row is MessageRow {
  return 'attempts' in row
}

function messageAt(words: Uint32Array, at: number): MessageRow {
  const flags = words[at + 4]!
  return {
    system: words[at + 1]!,
    destination: words[at + 2]!,
    service: words[at + 3]!,
    state: STATES[flags & 7]!,
    sendFailed: (flags & 8) !== 0,
    duplicate: (flags & 16) !== 0,
    aborted: (flags & 32) !== 0,
    time: whole(words, at + 5),
    log: words[at + 7]!,
    position: words[at + 8]! * 2 ** 32 + words[at + 9]!,
    attempts: Array.from({ length: flags >>> 6 }, (_, index) => attemptAt(words, at + 10 + index * 6)),
  }
}

function attemptAt(words: Uint32Array, at: number): AttemptRow {
  const flags = words[at + 2]!
  return {
    group: words[at]!,
    service: words[at + 1]!,
    outcome: OUTCOMES[flags & 7]!,
    named: (flags & 8) !== 0,
    retry: (flags & 16) !== 0,
    direct: (flags & 32) !== 0,
    deadLetter: (flags & 64) !== 0,
    sampled: (flags & 128) !== 0,
    time: whole(words, at + 3),
    dwellMs: floatOf(words[at + 5]!),
  }
}

function bit(value: boolean, place: number): number {
  return value ? 1 << place : 0
}

function halves(value: bigint): [number, number] {
  return [Number(value >> 32n), Number(value & 0xffffffffn)]
}

function whole(words: Uint32Array, at: number): bigint {
  return (BigInt(words[at]!) << 32n) | BigInt(words[at + 1]!)
}

const scratch = new DataView(new ArrayBuffer(4))

function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

function floatOf(bits: number): number {
  scratch.setUint32(0, bits)
  return scratch.getFloat32(0)
}
