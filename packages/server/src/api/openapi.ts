import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import { version } from '../version.ts'
import { ref } from './schema-parts.ts'
import { components } from './schemas.ts'

/** What a route says about itself beyond Fastify's own schema. */
declare module 'fastify' {
  interface FastifySchema {
    operationId?: string
    summary?: string
    /** Media types of a successful answer, where it is not JSON. */
    produces?: string[]
  }
}

interface ObjectSchema {
  properties?: Record<string, { description?: string }>
}

type Paths = Record<string, Record<string, unknown>>

/** Collects every route declared after it, and serves them as an OpenAPI 3.1 document at `/openapi.json`. */
export function openApiRoute(app: FastifyInstance, prefix: string): void {
  const paths: Paths = {}
  app.addHook('onRoute', (route) => describeRoute(paths, route, prefix))
  app.get(
    '/openapi.json',
    {
      schema: { operationId: 'getOpenApi', summary: 'This document.', response: { 200: { type: 'object' } } },
    },
    async () => ({
      openapi: '3.1.0',
      info: { title: 'Flowstitch', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: prefix }],
      security: [{}, { bearer: [] }],
      paths,
      components: { schemas: components, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    }),
  )
}

function describeRoute(paths: Paths, { url, method, schema }: RouteOptions, prefix: string): void {
  if (method !== 'GET' || !schema) return
  const path = url.slice(prefix.length).replaceAll(/:(\w+)/g, '{$1}')
  paths[path] = {
    get: {
      operationId: schema.operationId,
      summary: schema.summary,
      parameters: [...parameters('path', schema.params), ...parameters('query', schema.querystring)],
      responses: responses(schema),
    },
  }
}

function parameters(place: 'path' | 'query', schema: unknown): unknown[] {
  return Object.entries((schema as ObjectSchema | undefined)?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path',
    description: property.description,
    schema: property,
  }))
}

function responses({
  response = {},
  produces = ['application/json'],
}: FastifySchema): Record<string, unknown> {
  const described = Object.entries(response as Record<string, unknown>).map(([status, schema]) =>
    status === '200' ? [status, content('Done.', schema, produces)] : [status, problem],
  )
  return { ...Object.fromEntries(described), default: problem }
}

function content(description: string, schema: unknown, types: string[]): unknown {
  return { description, content: Object.fromEntries(types.map((type) => [type, { schema }])) }
}

const problem: unknown = content('What went wrong: RFC 9457.', ref('Problem'), ['application/problem+json'])
