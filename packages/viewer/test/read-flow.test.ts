import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readFlow } from '../src/api/read-flow.ts'

// The client looks for its token as it is loaded.
vi.hoisted(() => vi.stubGlobal('sessionStorage', { getItem: () => null }))

const LISTS = { messages: ['m'], edges: ['e'], criticalPath: ['s'] }
const gone = new Response(JSON.stringify({ detail: 'gone' }), { status: 410 })

/** A server that answers with these pages, one after the other; `undefined` is a page that is gone. */
function serverOf(...pages: ({ steps: string[]; cursor?: string } | undefined)[]): string[] {
  const asked: string[] = []
  const fetch = async (url: URL): Promise<Response> => {
    asked.push(url.searchParams.get('cursor') ?? 'first')
    const page = pages.shift()
    return page ? Response.json({ id: 'f', ...LISTS, ...page }) : gone.clone()
  }
  vi.stubGlobal('fetch', fetch)
  return asked
}

beforeEach(() => void vi.stubGlobal('document', { baseURI: 'http://127.0.0.1:1/' }))
afterEach(() => void vi.unstubAllGlobals())

test('a flow of several pages is put together', async () => {
  const asked = serverOf({ steps: ['1', '2'], cursor: 'a' }, { steps: ['3'], cursor: 'b' }, { steps: ['4'] })
  expect(await readFlow('f')).toEqual({
    id: 'f',
    steps: ['1', '2', '3', '4'],
    messages: ['m', 'm', 'm'],
    edges: ['e', 'e', 'e'],
    criticalPath: ['s', 's', 's'],
  })
  expect(asked).toEqual(['first', 'a', 'b'])
})

test('a flow that is gone between two pages is read anew, some times', async () => {
  const again = serverOf({ steps: ['old'], cursor: 'a' }, undefined, { steps: ['1'] })
  expect((await readFlow('f')).steps).toEqual(['1'])
  expect(again).toEqual(['first', 'a', 'first'])
  serverOf(...Array.from({ length: 6 }, (_, n) => (n % 2 === 0 ? { steps: [], cursor: 'a' } : undefined)))
  await expect(readFlow('f')).rejects.toMatchObject({ status: 410 })
})
