import type { Topology } from '@flowstitch/correlator'
import { expect, test } from 'vitest'
import { renderDestinations } from '../src/terminal/render-destinations.ts'
import { renderFlowLine, renderFlows } from '../src/terminal/render-flows.ts'
import { renderShapes } from '../src/terminal/render-shapes.ts'
import { renderTopology } from '../src/terminal/render-topology.ts'
import { painter } from '../src/terminal/style.ts'
import { formatDuration, formatShare, formatTime } from '../src/terminal/time.ts'
import { summaryOf } from './helpers/fake-engine.ts'
import { FlowBuilder, orderFlow, orderShapes, report } from './helpers/sample-flow.ts'

const plain = painter(false)

test.each([
  [0, '0 ms'],
  [0.0004, '0 ms'],
  [0.001, '1 µs'],
  [0.85, '850 µs'],
  [0.9996, '1.00 ms'],
  [1.2, '1.20 ms'],
  [12.44, '12.4 ms'],
  [99.96, '100 ms'],
  [340.4, '340 ms'],
  [999.6, '1.00 s'],
  [1240, '1.24 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min'],
  [125_000, '2 min 5 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_600, '1 h'],
  [11_520_000, '3 h 12 min'],
  [86_399_999, '1 d'],
  [273_600_000, '3 d 4 h'],
  [-12.4, '-12.4 ms'],
])('%d ms is said as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('a time is UTC to the millisecond, and one beyond all calendars is still said', () => {
  expect(formatTime('1795392764123456789')).toBe('2026-11-23 00:12:44.123Z')
  expect(formatTime('18446744073709551615')).toBe('2554-07-21 23:34:33.709Z')
})

test.each([
  [0, 10, '0 %'],
  [1, 1000, '<1 %'],
  [1, 3, '33 %'],
  [10, 10, '100 %'],
  [1, 0, '0 %'],
])('%d of %d is %s', (part, whole, text) => {
  expect(formatShare(part, whole)).toBe(text)
})

test('flows are a table, and followed flows are lines that stay aligned', () => {
  const failed = new FlowBuilder('a'.repeat(32))
  failed.step('tick', 'cron', [0, 86_400_000 * 3], { status: 'error' })
  const flows = [summaryOf(orderFlow()), { ...summaryOf(failed.build()), state: 'failed' as const }]
  expect(renderFlows(flows, 140, plain)).toMatchSnapshot('table')
  expect(flows.map((flow) => renderFlowLine(flow, 160, plain)).join('\n')).toMatchSnapshot('lines')
})

test('the map is its edges, with how long messages wait on them', () => {
  const topology: Topology = {
    complete: true,
    nodes: [
      { id: 's1', kind: 'service', name: 'shop' },
      { id: 'd1', kind: 'destination', name: 'orders', system: 'kafka' },
      { id: 'g1', kind: 'consumer-group', name: 'worker-group', system: 'kafka' },
    ],
    edges: [
      { from: 's1', to: 'd1', count: 1200, errorCount: 0 },
      { from: 'd1', to: 'g1', count: 1180, errorCount: 20, dwellMs: { p50: 12.1, p90: 340, p99: 61_000 } },
      { from: 'g1', to: 'nobody', count: 1, errorCount: 0 },
    ],
  }
  expect(renderTopology(topology, 120, plain)).toMatchSnapshot()
})

test('destinations say what is stuck, retried, dead and lost', () => {
  const orders = report({
    sent: 100,
    processed: 90,
    inFlight: 4,
    failed: 5,
    retried: 7,
    deadLettered: 2,
    lost: 1,
    unknown: 3,
    oldestInFlightUnixNano: '1795392704123456789',
  })
  const idle = report({ system: 'redis', destination: 'audit' })
  const now = '1795392764123456789'
  expect(renderDestinations([orders, idle], now, 140, plain)).toMatchSnapshot()
})

test('shapes are trees of kinds of steps, with how many flows have them and how long these take', () => {
  expect(renderShapes([orderShapes()], 120, plain)).toMatchSnapshot()
})
