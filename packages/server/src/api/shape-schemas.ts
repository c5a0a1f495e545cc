import { Type } from '@sinclair/typebox'
import type { TSchema } from '@sinclair/typebox'
import type * as model from '@flowstitch/correlator'
import { count, coverage, describes, milliseconds, ref, shapeId, traceId, unixNano } from './schema-parts.ts'

const ShapeFrequency = Type.Object({
  flows: count,
  ofFlows: Type.Integer({ minimum: 0, description: 'Flows with the same origin, whatever their shape.' }),
  rare: Type.Boolean({ description: 'One in a hundred has it, or fewer.' }),
})

const shapeStep = {
  service: Type.String(),
  kind: Type.String({
    description: 'send or process for steps that deal with messages, or the span’s kind.',
  }),
  name: Type.String({
    description: 'The destination of a step that deals with messages, or the span’s name.',
  }),
  system: Type.Optional(Type.String()),
  consumerGroup: Type.Optional(Type.String()),
}
const ShapeStep = Type.Object(shapeStep, { description: 'Ids and numbers in its names are #.' })

const MissingStep = Type.Object({
  ...shapeStep,
  after: ref<model.StepRef>('StepRef'),
  flows: Type.Integer({ minimum: 0, description: 'So many flows with this origin went on to it,' }),
  ofFlows: Type.Integer({ minimum: 0, description: 'of so many that had come to the step before.' }),
  usualMs: Type.Object({ p50: milliseconds, p99: milliseconds }),
  overdueSinceUnixNano: unixNano,
})

const percentiles = Type.Object({ p50: milliseconds, p90: milliseconds, p99: milliseconds })

const ShapeReport = Type.Object({
  id: shapeId,
  flows: count,
  failed: count,
  truncated: count,
  rare: Type.Boolean(),
  durationMs: percentiles,
  stepCount: Type.Object({ p50: Type.Number(), p90: Type.Number(), p99: Type.Number() }),
  steps: Type.Array(
    Type.Object({
      ...shapeStep,
      after: Type.Array(Type.Integer(), { description: 'The places in this list of what causes it.' }),
    }),
  ),
  newestFlowIds: Type.Array(traceId, { maxItems: 3 }),
})

const OriginReport = Type.Object({
  service: Type.String(),
  name: Type.String({ description: 'Of the origin’s span; ids and numbers in it are #.' }),
  flows: count,
  shapes: Type.Array(ref<model.ShapeReport>('ShapeReport')),
  otherFlows: Type.Optional(Type.Integer({ minimum: 1, description: 'Flows of other shapes than those.' })),
})

const ShapeReports = Type.Object({
  origins: Type.Array(ref<model.OriginReport>('OriginReport')),
  cursor: Type.Optional(Type.String()),
  skippedTraces: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Traces that nobody could look at: the numbers are of a sample.',
    }),
  ),
  ...coverage,
})

/** What is told about shapes, by the names of the correlator's types. */
export const shapeComponents: Record<string, TSchema> = {
  ShapeFrequency: describes<model.ShapeFrequency>()(ShapeFrequency),
  ShapeStep: describes<model.ShapeStep>()(ShapeStep),
  MissingStep: describes<model.MissingStep>()(MissingStep),
  ShapeReport: describes<model.ShapeReport>()(ShapeReport),
  OriginReport: describes<model.OriginReport>()(OriginReport),
  ShapeReports: describes<model.ShapeReports>()(ShapeReports),
}
