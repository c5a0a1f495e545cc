export { openEngine } from './open-engine.ts'
export { memoryStore } from './store/memory.ts'
export { embeddedStore } from './store/embedded/embedded.ts'
export { routeSpans } from './workers/route.ts'
export { Worker } from './workers/worker.ts'
export { DecodeError, GoneError, OverloadError, StoreError } from './errors.ts'

export type { EngineOptions } from './open-engine.ts'
export type {
  Encoding,
  Engine,
  EngineStats,
  FlowPage,
  FlowQuery,
  IngestResult,
  ShapeQuery,
  TimeRange,
} from './engine.ts'
export type { PageQuery } from './query/flow-pages.ts'
export type { MessageQuery, QuestionOptions } from './query/questions.ts'
export type { ReadPartition } from './workers/gather.ts'
export type { Routed } from './workers/route.ts'
export type { WorkerOptions } from './workers/worker.ts'
export type { DecodeErrorCode, StoreErrorCode } from './errors.ts'
export type { EmbeddedStoreOptions } from './store/embedded/embedded.ts'
export type { MemoryStoreOptions } from './store/memory.ts'
export type { Checkpoints, Location, Store, StoredSpan, StoreStats, TraceEntry } from './store/store.ts'
export type {
  Attempt,
  ClockSkew,
  Conflict,
  Edge,
  Evidence,
  Flow,
  FlowState,
  FlowSummary,
  LossReason,
  Message,
  MessageState,
  MissingStep,
  Operation,
  Segment,
  ShapeFrequency,
  ShapeStep,
  Step,
  StepRef,
} from './model.ts'
export type {
  ConsumerGroupReport,
  Coverage,
  DestinationReport,
  DestinationReports,
  MessageCounts,
  OriginReport,
  ShapeReport,
  ShapeReports,
  Topology,
  TopologyEdge,
  TopologyNode,
} from './reports.ts'
