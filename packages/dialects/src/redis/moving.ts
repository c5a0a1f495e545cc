import type { RedisCommand } from './command.ts'
import type { RedisTracing } from './kernel.ts'
import { Memory } from './memory.ts'
import { textOf, type RedisText } from './text.ts'

/** Values that were moved to another list, which LREM takes them out of again: as they are stored there. */
const moved = new Memory<RedisText>()

export function rememberMove(
  { address }: RedisTracing,
  to: string,
  shown: RedisText,
  stored: RedisText,
): void {
  moved.put(`${address}\0${to}`, textOf(shown), stored)
}

/** Sends an LREM. The application knows what it has moved as it was pushed, and the server as it is stored. */
export function removeMoved<R>(command: RedisCommand<R>): R {
  const [list, count, value] = command.args
  const stored = moved.take(`${command.tracing.address}\0${textOf(list)}`, textOf(value))
  return stored === undefined ? command.call() : command.exchange([list, count, stored]).answer
}
