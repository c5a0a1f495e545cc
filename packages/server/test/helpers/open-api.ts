import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect } from 'vitest'

interface Operation {
  operationId: string
  parameters: { name: string; in: string }[]
  responses: Record<string, { content: Record<string, { schema: object }> }>
}

/** The document that a server publishes, and answers held against it. */
export interface OpenApi {
  openapi: string
  paths: Record<string, { get: Operation }>
  /** Fails the test when `body` is not what the document says of this path, status and media type. */
  check(path: string, response: Response, body: unknown): void
}

/** Reads the document from a server. Answers may have no property that it does not name. */
export async function openApiOf(api: string, headers: Record<string, string> = {}): Promise<OpenApi> {
  const response = await fetch(`${api}/openapi.json`, { headers })
  const document = (await response.json()) as Omit<OpenApi, 'check'> & { components: object }
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema({ $id: 'document', ...closed(document as unknown as Record<string, unknown>) })
  return {
    ...document,
    check(path, { status, headers }, body) {
      const { responses } = document.paths[path]!.get
      const type = headers.get('content-type')!.split(';')[0]!
      const code = String(status) in responses ? String(status) : 'default'
      const pointer = ['paths', path, 'get', 'responses', code, 'content', type, 'schema']
        .map(escape)
        .join('/')
      const validate = ajv.getSchema(`document#/${pointer}`)
      expect(validate, `${path} answers ${status} ${type}, which the document does not know`).toBeDefined()
      expect(validate!(body) ? [] : validate!.errors, `${path} ${status}`).toEqual([])
    },
  }
}

/** JSON Pointer, RFC 6901 §3, in a URI fragment. */
function escape(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))
}

/** Forbids what the document does not name, so that an undocumented property fails a test. */
function closed<Schema>(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(closed) as Schema
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)])
  const isObject = 'properties' in schema && (schema as { type?: unknown }).type === 'object'
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) } as Schema
}
