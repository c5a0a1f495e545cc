import type { DestinationReport, Engine, Flow } from '@flowstitch/correlator'

/** What is asked of a correlator, in this process or behind HTTP. */
export interface Answers {
  flowIds(): AsyncIterable<string>
  flow(id: string): Promise<Flow | undefined>
  destinations(): Promise<readonly DestinationReport[]>
}

const PAGE = 500

export function answersOf(engine: Engine): Answers {
  return {
    async *flowIds() {
      let cursor: string | undefined
      do {
        const page = await engine.flows({ limit: PAGE, ...(cursor !== undefined && { cursor }) })
        for (const { id } of page.flows) yield id
        cursor = page.cursor
      } while (cursor !== undefined)
    },
    flow: (id) => engine.flow(id),
    async destinations() {
      for (;;) {
        const { destinations, complete } = await engine.destinations()
        if (complete) return destinations
      }
    },
  }
}

/** The same over the API of a server. */
export function answersOver(viewer: string): Answers {
  const get = async (path: string): Promise<Response> => fetch(`${viewer}/api/v1${path}`)
  return {
    async *flowIds() {
      let cursor: string | undefined
      do {
        const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page = (await (await get(`/flows?limit=${PAGE}${query}`)).json()) as Page
        for (const { id } of page.flows) yield id
        cursor = page.cursor
      } while (cursor !== undefined)
    },
    async flow(id) {
      const answer = await get(`/flows/${id}`)
      return answer.status === 404 ? undefined : ((await answer.json()) as Flow)
    },
    async destinations() {
      for (;;) {
        const report = (await (await get('/destinations')).json()) as Reports
        if (report.complete) return report.destinations
      }
    },
  }
}

interface Page {
  flows: { id: string }[]
  cursor?: string
}

interface Reports {
  destinations: DestinationReport[]
  complete: boolean
}
