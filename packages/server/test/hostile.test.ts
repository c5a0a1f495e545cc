import { hold } from '@flowstitch/fuzz'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { openApiOf } from './helpers/open-api.ts'
import { orderRequest } from './helpers/otlp.ts'
import { servingForReal } from './helpers/real-engine.ts'

const { protobuf, json, traceId } = orderRequest()

/** Bytes that nobody should send: random, cut off, with a byte changed, nested without end. */
const hostile: fc.Arbitrary<{ type: string; body: Uint8Array<ArrayBuffer>; gzip: boolean }> = fc.record({
  type: fc.constantFrom('application/x-protobuf', 'application/json'),
  gzip: fc.boolean(),
  body: fc
    .oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.constantFrom(protobuf, json), fc.nat())
        .map(([whole, at]) => whole.subarray(0, at % whole.length)),
      fc.tuple(fc.constantFrom(protobuf, json), fc.nat(), fc.nat(255)).map(([whole, at, byte]) => {
        const changed = Buffer.from(whole)
        changed[at % changed.length] = byte
        return changed
      }),
      fc
        .constantFrom('['.repeat(10_000), '{"a":'.repeat(10_000), '{"resourceSpans":[null]}', 'null', '""')
        .map((text) => Buffer.from(text)),
    )
    .map((bytes) => new Uint8Array(bytes)),
})

test('whatever bytes come, the answer is 200 or 400, and the next good request is stored', async () => {
  const { otlpHttp, viewer, log } = await servingForReal()
  const url = `${otlpHttp}/v1/traces`
  await hold(
    fc.asyncProperty(hostile, async ({ type, body, gzip }) => {
      const headers = { 'content-type': type, ...(gzip && { 'content-encoding': 'gzip' }) }
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: gzip ? new Uint8Array(gzipSync(body)) : body,
      })
      await response.bytes()
      expect([200, 400]).toContain(response.status)
    }),
    0.5,
  )
  expect(log).toEqual([])
  const good = orderRequest()
  const headers = { 'content-type': 'application/x-protobuf' }
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(good.protobuf) })
  expect(response.status).toBe(200)
  expect((await createClient(viewer).flow(good.traceId))?.stepCount).toBe(good.spanCount)
})

test('whatever is asked, the answer is in the OpenAPI document and never a fault of the server', async () => {
  const { api, otlpHttp, log } = await servingForReal()
  await fetch(`${otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(json),
  })
  const document = await openApiOf(api)
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('0', '-1', '9'.repeat(30), '%00', traceId, 'kafka/orders/3/1842', ''),
  )
  const calls = Object.entries(document.paths).filter(
    ([path]) => !['/live', '/metrics', '/openapi.json'].includes(path),
  )
  const call = fc.constantFrom(...calls).chain(([path, { get }]) => {
    const names = get.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
    const query =
      names.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 })
    return fc.tuple(fc.constant(path), value, query)
  })
  await hold(
    fc.asyncProperty(call, async ([path, name, query]) => {
      const url = path.replace(/\{\w+\}/, () => encodeURIComponent(name.toWellFormed()))
      const response = await fetch(`${api}${url}?${new URLSearchParams(query).toString()}`)
      const body: unknown = await response.json()
      if (response.status === 200 || response.status === 400) document.check(path, response, body)
      expect(response.status).toBeLessThan(500)
    }),
    0.5,
  )
  expect(log).toEqual([])
})
