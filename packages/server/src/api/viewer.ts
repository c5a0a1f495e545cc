import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { sendProblem } from './problem.ts'

const root = fileURLToPath(new URL('../../viewer', import.meta.url))

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Flowstitch</title>
<h1>The viewer is not built</h1>
<p>The server runs, and its API answers under <a href="/api/v1/flows">/api/v1</a>.</p>
<p>In a clone of the repository, <code>npm run build</code> builds the viewer; then load this page again.</p>
`

/** The built viewer. Paths that are no file are pages of the viewer, which finds its way by itself. */
export function viewerRoutes(app: FastifyInstance): void {
  app.register(fastifyStatic, {
    root,
    // One look at the disk per request, so that a build done while the server runs shows at once.
    wildcard: true,
    cacheControl: false,
    setHeaders(reply, path) {
      // Vite puts a hash of its content into the name of everything under assets.
      const immutable = path.includes('/assets/')
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendProblem(reply, 404, 'there is nothing here')
    const path = request.url.split('?', 1)[0]!
    if (path.startsWith('/assets/')) return sendProblem(reply, 404, `there is no file ${path}`)
    if (existsSync(`${root}/index.html`)) return reply.sendFile('index.html')
    return reply
      .code(503)
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(NOT_BUILT)
  })
}
