import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import type { ServerMetrics } from '../metrics.ts'

const health = Type.Object({ status: Type.Literal('ok') })

/** `/healthz` and `/metrics`: for whoever runs the server. */
export function operationRoutes(app: FastifyInstance, metrics: ServerMetrics): void {
  app.get(
    '/healthz',
    { schema: { operationId: 'getHealth', summary: 'Liveness; needs no token.', response: { 200: health } } },
    async () => ({ status: 'ok' }),
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
