import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import type { Engine, ShapeReports } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import { limitParameter } from './parameters.ts'
import { ref } from './schema-parts.ts'

const filters = Type.Partial(
  Type.Object({
    service: Type.String({ description: 'Of the origin.' }),
    name: Type.String({ description: 'Of the origin, as it is told.' }),
    limit: limitParameter,
    cursor: Type.String({ description: 'Where the last page ended.' }),
  }),
  { additionalProperties: false },
)

/** `/shapes`: what flows do, by what they start with. */
export function shapeRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<{ Querystring: Static<typeof filters> }>(
    '/shapes',
    {
      schema: {
        operationId: 'listShapes',
        summary: 'The shapes of flows, by origin: what they do, how often, for how long.',
        querystring: filters,
        response: { 200: ref<ShapeReports>('ShapeReports') },
      },
    },
    async ({ query: { limit = limitParameter.default as number, ...rest } }) =>
      engine.shapes({ ...rest, limit }),
  )
}
