/** Who instruments the client: nobody, Flowstitch, or OpenTelemetry's own package. */
export type Instrumentation = 'bare' | 'flowstitch' | 'official'
/** `none`: no SDK is registered. `recording`: every span is kept and handed to a batch processor. */
export type Sdk = 'none' | 'recording'

/** One way of running a scenario; each runs in a process of its own. */
export interface Variant {
  readonly scenario: string
  readonly instrumentation: Instrumentation
  readonly sdk: Sdk
}

/** Something that is done many times over. Its network is a stub: only the client's own work is measured. */
export interface Scenario {
  /** Messages that one call of `run` moves. */
  readonly messages: number
  run(): Promise<void> | void
}

/** Makes a scenario ready, with the client instrumented as the variant says. */
export type Prepare = (instrumentation: Instrumentation) => Promise<Scenario>
