import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import { GoneError } from '@flowstitch/correlator'
import type { Engine, Flow, FlowSummary, PageQuery } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import { sendFlow } from './flow-json.ts'
import {
  limitParameter,
  MAX_PAGE,
  pageParameters,
  shapeParameter,
  timeParameter,
  timeRange,
  traceIdParameter,
} from './parameters.ts'
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
const flowPage = Type.Object(pageParameters, { additionalProperties: false })
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

  app.get<{ Params: Static<typeof byFlowId>; Querystring: Static<typeof flowPage> }>(
    '/flows/:flowId',
    {
      schema: {
        operationId: 'getFlow',
        summary: 'One flow with everything it caused; in pages, if asked for, where it is large.',
        params: byFlowId,
        querystring: flowPage,
        response: { 200: ref<Flow>('Flow'), 404: ref<Problem>('Problem'), 410: ref<Problem>('Problem') },
      },
    },
    async ({ params, query }, reply) => {
      try {
        const flow = await engine.flow(params.flowId.toLowerCase(), pageOf(query))
        if (!flow) return sendProblem(reply, 404, `no flow has the id ${params.flowId}`)
        return sendFlow(reply, flow)
      } catch (error) {
        if (error instanceof GoneError) return sendProblem(reply, 410, error.message)
        throw error
      }
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

function pageOf({ limit, cursor }: Static<typeof flowPage>): PageQuery | undefined {
  if (limit === undefined && cursor === undefined) return undefined
  return { limit: limit ?? MAX_PAGE, ...(cursor !== undefined && { cursor }) }
}
