import type { FastifyInstance } from 'fastify'
import { isLoopback } from '../loopback.ts'
import type { Authorize } from '../token.ts'
import { sendProblem } from './problem.ts'

const securityHeaders = {
  'content-security-policy': [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Security headers on every answer; on loopback, no answer for a name that is not loopback. */
export function guardHost(app: FastifyInstance, host: string): void {
  const loopback = isLoopback(host)
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(securityHeaders)
    // A web page that rebinds its own name to 127.0.0.1 is stopped here: its name stands in Host.
    if (!loopback || isLoopback(request.hostname)) return next()
    sendProblem(reply, 403, `this server listens on loopback and does not answer as ${request.hostname}`)
  })
}

/** Demands the token, on every route of `app` but `/healthz`, which tells nothing. */
export function guardToken(app: FastifyInstance, authorize: Authorize): void {
  app.addHook('onRequest', (request, reply, next) => {
    reply.header('cache-control', 'no-store')
    const open = request.routeOptions.schema?.operationId === 'getHealth'
    if (open || authorize(request.headers.authorization)) return next()
    reply.header('www-authenticate', 'Bearer realm="flowstitch"')
    sendProblem(reply, 401, 'a bearer token is needed: Authorization: Bearer <token>')
  })
}
