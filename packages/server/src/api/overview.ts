import { Type } from '@sinclair/typebox'
import type { Static } from '@sinclair/typebox'
import type { DestinationReports, Engine, Topology } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import { timeParameter, timeRange } from './parameters.ts'
import { ref } from './schema-parts.ts'

const range = Type.Partial(Type.Object({ since: timeParameter, until: timeParameter }), {
  additionalProperties: false,
})

/** `/topology` and `/destinations`: what many flows come to. */
export function overviewRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<{ Querystring: Static<typeof range> }>(
    '/topology',
    {
      schema: {
        operationId: 'getTopology',
        summary: 'Services, destinations and consumer groups, and what moves between them.',
        querystring: range,
        response: { 200: ref<Topology>('Topology') },
      },
    },
    async ({ query }) => engine.topology(timeRange(query)),
  )

  app.get(
    '/destinations',
    {
      schema: {
        operationId: 'listDestinations',
        summary: 'What happened to the messages of each destination.',
        response: { 200: ref<DestinationReports>('DestinationReports') },
      },
    },
    async () => engine.destinations(),
  )
}
