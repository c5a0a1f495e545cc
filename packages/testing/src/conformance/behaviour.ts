import type { InstrumentationOptions } from '@flowstitch/core'
import type { MetricRecorder } from '../metric-recorder.ts'
import type { RecorderOptions, SpanRecorder } from '../recorder.ts'
import type { AdapterUnderTest, TestSession } from './adapter.ts'

/** One thing that every adapter does. */
export interface Behaviour {
  readonly name: string
  /** Default: the test runner's. */
  readonly timeoutMs?: number
  run(bench: Bench): Promise<void>
}

/** What a behaviour works with; everything it opens is closed behind it. */
export interface Bench {
  readonly adapter: AdapterUnderTest
  readonly record: (options?: RecorderOptions) => SpanRecorder
  /** Records metrics as well; after `record`. */
  readonly recordMetrics: () => MetricRecorder
  readonly open: (options?: InstrumentationOptions<never, never>) => Promise<TestSession>
  readonly openTwice: () => Promise<TestSession>
  readonly openWrapped: () => Promise<TestSession>
}

type Method = (...args: never[]) => unknown

/** What a session has for only some brokers; to be skipped, with the reason, for the others. */
export function needed<T extends object, K extends keyof T & string>(
  object: T,
  name: K,
): Extract<T[K], Method> {
  const method = object[name]
  if (typeof method !== 'function') throw new Error(`there is no ${name}: skip this behaviour and say why`)
  return method.bind(object) as Extract<T[K], Method>
}
