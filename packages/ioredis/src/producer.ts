import { sendEntry, sendPayloads } from '@flowstitch/dialects/redis'
import type { Trace } from './command.ts'

/** The commands that send, with the context in fields or in the payload. */
export const SENDING: readonly (readonly [name: string, trace: Trace])[] = [
  ['xadd', sendEntry],
  ['publish', sendPayloads],
  ['spublish', sendPayloads],
  ['lpush', sendPayloads],
  ['rpush', sendPayloads],
  ['lpushx', sendPayloads],
  ['rpushx', sendPayloads],
]
