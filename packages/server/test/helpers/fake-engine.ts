import type { Engine, Flow, FlowQuery, FlowSummary } from '@flowstitch/correlator'

/** An engine whose answers a test sets, and that remembers what it was asked. */
export interface FakeEngine extends Engine {
  ingested: { body: Uint8Array; encoding: string }[]
  queries: FlowQuery[]
  listeners: Set<(summary: FlowSummary) => void>
  closed: boolean
}

/** For testing answers precisely, the ones above all that a healthy engine never makes it give. */
export function fakeEngine(answers: Partial<Engine> & { known?: Flow[] } = {}): FakeEngine {
  const { known = [], ...overrides } = answers
  const engine: FakeEngine = {
    ingested: [],
    queries: [],
    listeners: new Set(),
    closed: false,
    ingest(body, encoding) {
      engine.ingested.push({ body: Buffer.from(body), encoding })
      return Promise.resolve({ accepted: 1, rejected: 0 })
    },
    flows(query) {
      engine.queries.push(query)
      return Promise.resolve({ flows: known.map(summaryOf) })
    },
    flow: (id) => Promise.resolve(known.find((flow) => flow.id === id)),
    flowsOfTrace: (traceId) =>
      Promise.resolve(
        known.filter(({ steps }) => steps.some((step) => step.traceId === traceId)).map(summaryOf),
      ),
    messages: ({ id, coordinate }) =>
      Promise.resolve(
        known.flatMap(({ messages }) =>
          messages.filter((message) => (id ? message.id === id : message.coordinate === coordinate)),
        ),
      ),
    topology: () => Promise.resolve({ nodes: [], edges: [], complete: true }),
    destinations: () => Promise.resolve({ destinations: [], complete: true }),
    shapes: () => Promise.resolve({ origins: [], complete: true }),
    stats: () => ({
      spans: 1,
      flows: known.length,
      messages: 2,
      rejectedSpans: 0,
      storedBytes: 3,
      damagedPlaces: 0,
      faults: [],
    }),
    subscribe(listener) {
      engine.listeners.add(listener)
      return () => engine.listeners.delete(listener)
    },
    close() {
      engine.closed = true
      return Promise.resolve()
    },
    ...overrides,
  }
  return engine
}

/** A flow as it stands in a list. */
export function summaryOf({
  steps: _s,
  messages: _m,
  edges: _e,
  criticalPath: _c,
  clocks: _k,
  truncated: _t,
  shapeFrequency: _f,
  missing: _i,
  ...summary
}: Flow): FlowSummary {
  return summary
}
