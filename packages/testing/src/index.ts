/** Registers an SDK of its own and keeps every span, for tests to ask what was traced. */
export { recordSpans } from './recorder.ts'
/** Registers a meter provider that keeps every measurement. */
export { recordMetrics } from './metric-recorder.ts'
/** Makes an object of a class out of a plain one: what it has is inherited, by way of accessors. */
export { inheriting } from './inheriting.ts'
/** Proves an adapter against the list of behaviours that all adapters share. */
export { adapterConformance } from './conformance/suite.ts'
/** A broker in memory, and its adapter: the one that `docs/adapters.md` builds. */
export { instrumentPost, PostOffice, processPost } from './post/index.ts'

export type { RecorderOptions, SpanRecorder } from './recorder.ts'
export type { Measurement, MetricRecorder, RecordedInstrument } from './metric-recorder.ts'
export type {
  AdapterUnderTest,
  ConsumeOptions,
  DeadLetter,
  OutgoingMessage,
  Prepared,
  SendOptions,
  Settlement,
  Skip,
  TestHandler,
  TestMessage,
  TestSession,
} from './conformance/adapter.ts'
export type { ConformanceReport } from './conformance/report.ts'
export type { BehaviourResult, RuleResult } from './conformance/rules/check.ts'
export type { ConformanceOptions } from './conformance/suite.ts'
export type { Delivery, Letter, PostOptions } from './post/index.ts'
