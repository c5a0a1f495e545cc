import type { InstrumentationOptions } from '@flowstitch/core'

/** Who instruments the client: nobody, a careful hand, Flowstitch, or OpenTelemetry's own package. */
export type Instrumentation = (typeof instrumentations)[number]
export const instrumentations = ['bare', 'by hand', 'flowstitch', 'official'] as const
/**
/**
 * `none`: no SDK is registered. `recording`: every span is kept and handed to a batch processor. The others: that,
 * and a provider of meters whose reader asks once a minute, for the conventions' four metrics or for all we have.
 * `SDK 2`: the same on API 1.9 and SDK 2.
 */
export type Sdk =
  | 'none'
  | 'recording'
  | 'four metrics'
  | 'all metrics'
  | 'SDK 2, recording'
  | 'SDK 2, four metrics'

/** CPU a message; bytes allocated a message; bytes kept a message. */
export type Measure = 'cpu' | 'bytes' | 'retained'

/** One way of running a scenario; each runs in a process of its own. */
export interface Variant {
  readonly scenario: string
  readonly instrumentation: Instrumentation
  readonly sdk: Sdk
}

/** Something that is done many times over. Its network is played: only the client's own work is measured. */
export interface Scenario {
  /** Messages that one call of `run` moves. */
  readonly messages: number
  /** Makes ready for so many calls of `run`; what that takes counts for nothing. */
  ready?(runs: number): void
  run(): Promise<void> | void
}

/** Makes a scenario ready, with the client instrumented as the variant says; Flowstitch takes the options. */
export type Prepare = (instrumentation: Instrumentation, options: InstrumentationOptions) => Promise<Scenario>

/** The broker that the stubs claim to be connected to. */
export const broker = { host: 'broker.example', port: 9092 } as const
