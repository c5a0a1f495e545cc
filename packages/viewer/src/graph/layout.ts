import ELK, { type ElkNode } from 'elkjs/lib/elk-api.js'
import ElkWorker from 'elkjs/lib/elk-worker.min.js?worker'
import type { Point } from './route.ts'

export interface Size {
  width: number
  height: number
}

export interface Layout extends Size {
  positions: Map<string, Point>
  routes: Map<string, Point[]>
  /** The boxes that each edge joins. */
  ends: Map<string, { from: string; to: string }>
}

/** Makes the layout engine's input; with an aspect ratio, long chains break into lines like text. */
export type InputOf = (aspectRatio?: number) => ElkNode

/** So small is still good to read. */
const READABLE_ZOOM = 0.8
/** Lines must gain this much to be worth their detours. */
const WORTH_WRAPPING = 1.15
/** Wrapping takes its time, and a graph of more boxes does not become readable by it. */
const MOST_TO_WRAP = 150

/** Lays a graph out as it reads best in a frame of this size. */
export async function layOutToFit(inputOf: InputOf, frame: Size): Promise<Layout> {
  const straight = await layOut(inputOf())
  const zoom = fitZoom(straight, frame)
  if (zoom >= READABLE_ZOOM || straight.positions.size > MOST_TO_WRAP) return straight
  const wrapped = await layOut(inputOf(frame.width / frame.height))
  return fitZoom(wrapped, frame) > zoom * WORTH_WRAPPING ? wrapped : straight
}

/** The closest zoom at which all of it is in sight. */
export function fitZoom(content: Size, frame: Size): number {
  return Math.min(frame.width / content.width, frame.height / content.height)
}

let engine: InstanceType<typeof ELK> | undefined

/** Runs in a worker, so that a large graph does not stop the page. */
async function layOut(input: ElkNode): Promise<Layout> {
  engine ??= new ELK({ workerFactory: () => new ElkWorker() })
  const done = await engine.layout(input)
  const positions = new Map(done.children?.map(({ id, x = 0, y = 0 }) => [id, { x, y }]))
  const routes = new Map(
    done.edges?.map(({ id, sections = [] }) => [
      id,
      sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]),
    ]),
  )
  return { positions, routes, ends: endsOf(input), width: done.width ?? 1, height: done.height ?? 1 }
}

function endsOf(input: ElkNode): Layout['ends'] {
  const boxOf = new Map(input.children?.flatMap(({ id, ports = [] }) => ports.map((port) => [port.id, id])))
  return new Map(
    input.edges?.map(({ id, sources: [from = ''], targets: [to = ''] }) => [
      id,
      { from: boxOf.get(from) ?? from, to: boxOf.get(to) ?? to },
    ]),
  )
}
