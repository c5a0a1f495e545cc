import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import type { Engine, Flow, FlowSummary } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import { limitParameter, shapeParameter, timeParameter, timeRange, traceIdParameter } from './parameters.ts'
import type { Problem } from './problem.ts'
import { sendProblem } from './problem.ts'
import { oneOf, ref } from './schema-parts.ts'

const filters = Type.Partial(
  Type.Object({
    q: Type.String({ maxLength: 500, description: 'Matches ids, service, span and destination names.' }),
    service: Type.String(),
    destination: Type.String(),
    system: Type.String({ description: 'The messaging system: kafka, rabbitmq, …' }),
    state: oneOf('active', 'quiet', 'failed', 'stalled'),
    minDurationMs: Type.Number({ minimum: 0 }),
    shape: shapeParameter,
    since: timeParameter,
    until: timeParameter,
    limit: limitParameter,
    cursor: Type.String({ description: 'Where the last page ended.' }),
  }),
  { additionalProperties: false },
)

const page = Type.Object({
  flows: Type.Array(ref<FlowSummary>('FlowSummary')),
  cursor: Type.Optional(Type.String()),
})
const summaries = Type.Object({ flows: Type.Array(ref<FlowSummary>('FlowSummary')) })
const byFlowId = Type.Object({ flowId: traceIdParameter })
const byTraceId = Type.Object({ traceId: traceIdParameter })

/** `/flows`, `/flows/{flowId}` and `/traces/{traceId}/flows`. */
export function flowRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<{ Querystring: Static<typeof filters> }>(
    '/flows',
    {
      schema: {
        operationId: 'listFlows',
        summary: 'Flows, newest first.',
        querystring: filters,
        response: { 200: page },
      },
    },
    async ({ query }) => {
      const { limit = limitParameter.default as number, since, until, ...rest } = query
      return engine.flows({ ...rest, ...timeRange({ since, until }), limit })
    },
  )

  app.get<{ Params: Static<typeof byFlowId> }>(
    '/flows/:flowId',
    {
      schema: {
        operationId: 'getFlow',
        summary: 'One flow with everything it caused.',
        params: byFlowId,
        response: { 200: ref<Flow>('Flow'), 404: ref<Problem>('Problem') },
      },
    },
    async ({ params }, reply) => {
      const flow = await engine.flow(params.flowId.toLowerCase())
      return flow ?? sendProblem(reply, 404, `no flow has the id ${params.flowId}`)
    },
  )

  app.get<{ Params: Static<typeof byTraceId> }>(
    '/traces/:traceId/flows',
    {
      schema: {
        operationId: 'listFlowsOfTrace',
        summary: 'Every flow that passes through a trace.',
        params: byTraceId,
        response: { 200: summaries },
      },
    },
    async ({ params }) => ({ flows: await engine.flowsOfTrace(params.traceId.toLowerCase()) }),
  )
}
