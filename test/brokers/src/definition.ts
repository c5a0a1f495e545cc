import type { Broker } from './addresses.ts'
import type { Log } from './log.ts'

/** Where one started broker lives: its own directory and its own loopback ports. */
export interface Place {
  readonly directory: string
  readonly ports: readonly number[]
  /** Whether what it confirms must outlive a crash, at whatever cost: some tests kill it. */
  readonly durable: boolean
}

/** A process that makes up a broker, in the order of start. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What the process itself prints once it serves; a port probe would also find a stranger's server. */
  readonly ready: RegExp
  /** The signal that ends it. Data is temporary, so SIGKILL unless the process must clean up behind it. */
  readonly endWith?: 'KILL' | 'TERM'
}

/** A broker that was found on this machine and can be started any number of times. */
export interface Runnable {
  readonly portCount: number
  addressAt(place: Place): string
  /** Makes the files of a new place; a restart finds them as the broker left them. */
  prepare(place: Place): Promise<void>
  commands(place: Place): readonly Command[]
  /** Work that spares the first client a wait, once the broker serves. */
  warmUp?(address: string): Promise<void>
}

/** One kind of broker: how to find it, and how to install it where it is missing. */
export interface BrokerDefinition {
  readonly broker: Broker
  readonly title: string
  find(): Promise<Runnable | undefined>
  /** @throws InstallError that says what to do by hand. */
  install(log: Log): Promise<void>
}
