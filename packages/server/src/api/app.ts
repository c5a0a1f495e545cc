import type { Engine } from '@flowstitch/correlator'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { ServerMetrics } from '../metrics.ts'
import type { Authorize } from '../token.ts'
import { flowRoutes } from './flows.ts'
import { guardHost, guardToken } from './guard.ts'
import { liveRoute } from './live.ts'
import { messageRoutes } from './messages.ts'
import { openApiRoute } from './openapi.ts'
import { operationRoutes } from './operations.ts'
import { overviewRoutes } from './overview.ts'
import { answerErrors, sendProblem } from './problem.ts'
import { shapeRoutes } from './shapes.ts'
import { viewerRoutes } from './viewer.ts'

const PREFIX = '/api/v1'
const REQUEST_TIMEOUT_MS = 30_000

/** What the API needs of its server. */
export interface ApiParts {
  engine: Engine
  metrics: ServerMetrics
  authorize: Authorize
  host: string
  log: (line: string) => void
}

/** The API under `/api/v1` and the viewer beside it. The viewer's files need no token; its calls do. */
export function apiApp({ engine, metrics, authorize, host, log }: ApiParts): FastifyInstance {
  const app = Fastify({
    forceCloseConnections: 'idle',
    requestTimeout: REQUEST_TIMEOUT_MS,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, 400, error.message),
    // A misspelt filter must not answer as if it were not there.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
  })
  // Answers are what the engine says; the schemas describe them and must not change them.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(answerErrors(log))
  guardHost(app, host)
  app.register(
    async (api) => {
      guardToken(api, authorize)
      openApiRoute(api, PREFIX)
      flowRoutes(api, engine)
      messageRoutes(api, engine)
      overviewRoutes(api, engine)
      shapeRoutes(api, engine)
      liveRoute(api, engine, metrics)
      operationRoutes(api, engine, metrics)
      api.all('/*', (request, reply) =>
        sendProblem(reply, 404, `${request.method} ${request.url} is not part of the API`),
      )
    },
    { prefix: PREFIX },
  )
  viewerRoutes(app)
  return app
}
