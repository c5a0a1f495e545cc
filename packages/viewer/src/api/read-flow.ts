import type { Flow } from '@flowstitch/correlator'
import { ApiError, getJson } from './client.ts'

/** Steps of a page: most flows fit into one. */
const PAGE = 5000
/** The server lets go of a flow when nobody asks for its next page, and when many others are asked for. */
const GONE = 410
const ATTEMPTS = 3

/** Reads a flow, whole; large ones in pages, which are all of one moment. */
export async function readFlow(id: string, signal?: AbortSignal): Promise<Flow> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readPages(id, signal)
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof ApiError && error.status === GONE)) throw error
    }
  }
}

async function readPages(id: string, signal?: AbortSignal): Promise<Flow> {
  const path = `flows/${encodeURIComponent(id)}`
  const { cursor, ...flow } = await getJson<Flow>(path, { limit: PAGE }, signal)
  for (let next = cursor; next !== undefined;) {
    const page = await getJson<Flow>(path, { limit: PAGE, cursor: next }, signal)
    flow.steps = flow.steps.concat(page.steps)
    flow.messages = flow.messages.concat(page.messages)
    flow.edges = flow.edges.concat(page.edges)
    flow.criticalPath = flow.criticalPath.concat(page.criticalPath)
    next = page.cursor
  }
  return flow
}
