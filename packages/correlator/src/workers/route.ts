import { KEY_SLOTS } from '../decode/join-keys.ts'
import { Scanner, SPAN_SLOTS, type Scan } from '../decode/scan.ts'
import { partitionOf } from './partition.ts'
import { splitRequest } from './split.ts'

/** A request for the worker of one partition. */
export interface Routed {
  partition: number
  /** An ExportTraceServiceRequest in protobuf. */
  body: Uint8Array
}

/**
 * Before stage one: every span to the partition of its trace. Spans without valid ids are left out.
 * @param body an ExportTraceServiceRequest in protobuf
 * @throws DecodeError
 */
export function routeSpans(body: Uint8Array, partitions: number): Routed[] {
  const { spans } = new Scanner().scan(body)
  const owners = new Map<number, number>()
  for (let at = 0; at < spans.length; at += SPAN_SLOTS)
    owners.set(spans.items[at + 2]!, partitionOf(spans.items[at]!, partitions))
  return split(body, (position) => {
    const owner = owners.get(position)
    return owner === undefined ? [] : [owner]
  })
}

/** Before stage two: every half-edge to the partition of its join key. */
export function routeHalfEdges(body: Uint8Array, { keys }: Scan, partitions: number): Routed[] {
  const owners = new Map<number, Set<number>>()
  for (let at = 0; at < keys.length; at += KEY_SLOTS) {
    const position = keys.items[at + 2]!
    const own = owners.get(position) ?? new Set()
    owners.set(position, own.add(partitionOf(keys.items[at]!, partitions)))
  }
  return split(body, (position) => owners.get(position) ?? [])
}

function split(body: Uint8Array, partitionsAt: (position: number) => Iterable<number>): Routed[] {
  return [...splitRequest(body, partitionsAt)]
    .map(([partition, part]) => ({ partition, body: part }))
    .sort((a, b) => a.partition - b.partition)
}
