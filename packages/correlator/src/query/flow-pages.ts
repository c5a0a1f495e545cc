import { randomUUID } from 'node:crypto'
import { GoneError } from '../errors.ts'
import type { Flow } from '../model.ts'

/** Which part of a flow's lists is wanted. */
export interface PageQuery {
  /** At most this many steps, messages, edges and segments, of each. */
  limit: number
  /** Where the last page ended. */
  cursor?: string
}

/** Flows whose pages are still being read. */
interface Kept {
  flow: Flow
  size: number
  timer: ReturnType<typeof setTimeout>
}

/** So long after a page was asked for, nobody is expected to ask for the next one. */
const KEPT_MS = 60_000
/** Entries of all lists of all flows that are kept; about as many as the largest flow there can be has. */
const MAX_KEPT = 150_000

/**
 * Hands out large flows in pages. All pages of a flow are of one moment, which is that of the first: so the flow
 * is kept until its last page was read, and it costs as much to work out as it would in one piece.
 */
export class FlowPages {
  /** By a name that only cursors know; the one that waits for longest comes first. */
  readonly #kept = new Map<string, Kept>()
  readonly #maxKept: number
  #size = 0

  constructor(maxKept: number = MAX_KEPT) {
    this.#maxKept = maxKept
  }

  /** The flow's first page, which has all of a flow that is not large. */
  first(flow: Flow, limit: number): Flow {
    if (longestOf(flow) <= limit) return flow
    const key = randomUUID()
    this.#keep(key, flow)
    return pageOf(flow, key, 0, limit)
  }

  /** @throws GoneError when the flow is kept no more */
  next(flowId: string, { cursor = '', limit }: PageQuery): Flow {
    const [, key = '', from] = /^(.{36})\.(\d{1,9})$/.exec(cursor) ?? []
    const kept = this.#kept.get(key)
    if (kept?.flow.id !== flowId)
      throw new GoneError('What this page is a part of is kept no more: ask for the first page again')
    const page = pageOf(kept.flow, key, Number(from), limit)
    if (page.cursor === undefined) this.#drop(key)
    else this.#touch(key, kept)
    return page
  }

  close(): void {
    for (const key of this.#kept.keys()) this.#drop(key)
  }

  #keep(key: string, flow: Flow): void {
    const size = flow.steps.length + flow.messages.length + flow.edges.length + flow.criticalPath.length
    const timer = setTimeout(() => this.#drop(key), KEPT_MS).unref()
    this.#kept.set(key, { flow, size, timer })
    this.#size += size
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#maxKept || oldest === key) return
      this.#drop(oldest)
    }
  }

  #touch(key: string, kept: Kept): void {
    kept.timer.refresh()
    this.#kept.delete(key)
    this.#kept.set(key, kept)
  }

  #drop(key: string): void {
    const { size, timer } = this.#kept.get(key)!
    clearTimeout(timer)
    this.#kept.delete(key)
    this.#size -= size
  }
}

function longestOf({ steps, messages, edges, criticalPath }: Flow): number {
  return Math.max(steps.length, messages.length, edges.length, criticalPath.length)
}

/** All that is no list is the same on each page. */
function pageOf(flow: Flow, key: string, from: number, limit: number): Flow {
  const to = from + limit
  const page: Flow = {
    ...flow,
    steps: flow.steps.slice(from, to),
    messages: flow.messages.slice(from, to),
    edges: flow.edges.slice(from, to),
    criticalPath: flow.criticalPath.slice(from, to),
  }
  if (to < longestOf(flow)) page.cursor = `${key}.${to}`
  return page
}
