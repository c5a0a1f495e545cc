import { GoneError, type Flow } from '@flowstitch/correlator'
import { describe, expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { fakeEngine } from './helpers/fake-engine.ts'
import { openApiOf } from './helpers/open-api.ts'
import { exportRequest } from './helpers/otlp.ts'
import { servingForReal } from './helpers/real-engine.ts'
import { orderFlow } from './helpers/sample-flow.ts'
import { serving } from './helpers/serving.ts'

const STEPS = 2500

async function servingLargeFlow() {
  const server = await servingForReal()
  const { protobuf, traceId } = exportRequest(STEPS)
  const headers = { 'content-type': 'application/x-protobuf' }
  await fetch(`${server.otlpHttp}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(protobuf) })
  return { ...server, url: `${server.api}/flows/${traceId}`, traceId }
}

describe('a large flow', () => {
  test('is answered whole, and in pages that say what the document says and are the whole together', async () => {
    const { api, url, traceId, viewer } = await servingLargeFlow()
    const document = await openApiOf(api)
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    const whole = (await response.json()) as Flow
    document.check('/flows/{flowId}', response, whole)
    expect(whole.steps).toHaveLength(STEPS)

    const sizes: number[] = []
    for await (const page of createClient(viewer).flowPages(traceId, 1000)) sizes.push(page.steps.length)
    expect(sizes).toEqual([1000, 1000, 500])
    const first = await fetch(`${url}?limit=1500`)
    const page = (await first.json()) as Flow
    document.check('/flows/{flowId}', first, page)
    const rest = (await (await fetch(`${url}?cursor=${page.cursor}`)).json()) as Flow
    expect(page.steps.concat(rest.steps)).toEqual(whole.steps)
    expect(page.edges.concat(rest.edges)).toEqual(whole.edges)
    expect(rest.cursor).toBeUndefined()
    expect(await createClient(viewer).flow(traceId)).toEqual(whole)
  })

  test('has no page behind a cursor that leads nowhere, and says so', async () => {
    const { api, url } = await servingLargeFlow()
    const response = await fetch(`${url}?limit=10&cursor=nonsense`)
    const body: unknown = await response.json()
    expect([response.status, body]).toMatchObject([410, { status: 410, detail: /first page again/ }])
    ;(await openApiOf(api)).check('/flows/{flowId}', response, body)
  })

  test.each(['limit=0', 'limit=5001', 'limit=many', 'page=2'])('has no pages of %s', async (query) => {
    const { api } = await serving(fakeEngine({ known: [orderFlow()] }))
    expect((await fetch(`${api}/flows/${orderFlow().id}?${query}`)).status).toBe(400)
  })
})

describe('the client', () => {
  const flow = orderFlow()

  /** Lets go of the flow so often. */
  function forgetful(times: number) {
    let left = times
    return fakeEngine({
      flow: async (_id, page) => {
        if (page?.cursor === undefined) return { ...flow, steps: flow.steps.slice(0, 1), cursor: 'c' }
        if (left-- > 0) throw new GoneError('gone')
        return { ...flow, steps: flow.steps.slice(1), messages: [], edges: [], criticalPath: [] }
      },
    })
  }

  test('reads a flow anew when the server lets go of it between two pages', async () => {
    const { viewer } = await serving(forgetful(2))
    expect(await createClient(viewer).flow(flow.id)).toEqual(flow)
  })

  test('gives up when that happens again and again', async () => {
    const { viewer } = await serving(forgetful(Infinity))
    await expect(createClient(viewer).flow(flow.id)).rejects.toMatchObject({ code: 'gone' })
  })

  test('has no pages of a flow that there is not', async () => {
    const { viewer } = await serving(fakeEngine())
    const pages: Flow[] = []
    for await (const page of createClient(viewer).flowPages(flow.id)) pages.push(page)
    expect(pages).toEqual([])
  })
})
