import type { InstrumentationOptions, Kernel } from '@flowstitch/core'
import type { RedisEntry, RedisOutgoing } from '@flowstitch/dialects/redis'

/** Where an entry comes from. */
export interface RedisSource {
  /** The stream's key, with the client's `keyPrefix`. */
  readonly stream: string
  readonly group?: string
  readonly consumer?: string
}

export type RedisOptions = InstrumentationOptions<RedisOutgoing, RedisEntry>
export type RedisKernel = Kernel<RedisOutgoing, RedisEntry>
