import { Type } from '@sinclair/typebox'
import type { Engine } from '@flowstitch/correlator'
import type { FastifyInstance } from 'fastify'
import type { ServerMetrics } from '../metrics.ts'

const health = Type.Object({ status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]) })

/** `/healthz` and `/metrics`: for whoever runs the server. */
export function operationRoutes(app: FastifyInstance, engine: Engine, metrics: ServerMetrics): void {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Liveness, and whether the store does all of its work; needs no token.',
        response: { 200: health },
      },
    },
    async () => ({ status: engine.stats().faults.length === 0 ? 'ok' : 'degraded' }),
  )

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Numbers about the server as Prometheus text.',
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )
}
