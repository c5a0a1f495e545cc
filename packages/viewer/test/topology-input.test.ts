import { expect, test } from 'vitest'
import type { Topology } from '@flowstitch/correlator'
import { shapeOf, topologyInput } from '../src/topology/topology-input.ts'

const topology: Topology = {
  complete: true,
  nodes: [
    { id: 's', kind: 'service', name: 'shop' },
    { id: 'd', kind: 'destination', name: 'orders', system: 'kafka' },
  ],
  edges: [
    { from: 's', to: 'd', count: 3, errorCount: 0 },
    { from: 'd', to: 'gone', count: 1, errorCount: 0 },
  ],
}

test('edges to unknown nodes don’t reach the layout, which would refuse all', () => {
  expect(topologyInput(topology).edges?.map(({ id }) => id)).toEqual(['s>d'])
})

test('new numbers keep the shape, a new node changes it', () => {
  const counted = { ...topology, edges: topology.edges.map((edge) => ({ ...edge, count: 99 })) }
  const grown = { ...topology, nodes: [...topology.nodes, { id: 'x', kind: 'service' as const, name: 'x' }] }
  expect(shapeOf({ ...counted, nodes: counted.nodes.toReversed() })).toBe(shapeOf(topology))
  expect(shapeOf(grown)).not.toBe(shapeOf(topology))
})
