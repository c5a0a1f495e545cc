import type { InstrumentationOptions } from '@flowstitch/core'
import type { RecorderOptions, SpanRecorder } from '../recorder.ts'
import type { AdapterUnderTest, TestSession } from './adapter.ts'

/** One thing that every adapter does. */
export interface Behaviour {
  readonly name: string
  run(bench: Bench): Promise<void>
}

/** What a behaviour works with; everything it opens is closed behind it. */
export interface Bench {
  readonly adapter: AdapterUnderTest
  readonly record: (options?: RecorderOptions) => SpanRecorder
  readonly open: (options?: InstrumentationOptions<never, never>) => Promise<TestSession>
  readonly openTwice: () => Promise<TestSession>
}
