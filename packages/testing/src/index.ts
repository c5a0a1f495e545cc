/** Registers an SDK of its own and keeps every span, for tests to ask what was traced. */
export { recordSpans } from './recorder.ts'
/** Proves an adapter against the list of behaviours that all adapters share. */
export { adapterConformance } from './conformance/suite.ts'
/** A broker in memory, and its adapter: the one that `docs/adapters.md` builds. */
export { instrumentPost, PostOffice, processPost } from './post/index.ts'

export type { RecorderOptions, SpanRecorder } from './recorder.ts'
export type { AdapterUnderTest, Skip, TestMessage, TestSession } from './conformance/adapter.ts'
export type { BehaviourResult, ConformanceReport } from './conformance/report.ts'
export type { ConformanceOptions } from './conformance/suite.ts'
export type { Delivery, Letter, PostOptions } from './post/index.ts'
