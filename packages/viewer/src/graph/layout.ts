import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js'
import ElkWorker from 'elkjs/lib/elk-worker.min.js?worker'
import type { Point } from './route.ts'

export interface Layout {
  positions: Map<string, Point>
  routes: Map<string, Point[]>
  /** The boxes that each edge joins. */
  ends: Map<string, { from: string; to: string }>
}

let engine: InstanceType<typeof ELK> | undefined

/** Lays a graph out in a worker, so that a large one does not stop the page. */
export async function layOut(input: ElkNode): Promise<Layout> {
  engine ??= new ELK({ workerFactory: () => new ElkWorker() })
  const done = await engine.layout(input)
  const positions = new Map(done.children?.map(({ id, x = 0, y = 0 }) => [id, { x, y }]))
  const routes = new Map(
    done.edges?.map(({ id, sections = [] }) => [
      id,
      sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]),
    ]),
  )
  const boxOf = new Map(input.children?.flatMap(({ id, ports = [] }) => ports.map((port) => [port.id, id])))
  const ends = new Map(
    input.edges?.map(({ id, sources: [from = ''], targets: [to = ''] }) => [
      id,
      { from: boxOf.get(from) ?? from, to: boxOf.get(to) ?? to },
    ]),
  )
  return { positions, routes, ends }
}
