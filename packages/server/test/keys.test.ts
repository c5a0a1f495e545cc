import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../src/server.ts'

const START_MS = 1_795_392_000_000

/** One messaging span of an order, in a trace of its own, with nothing that joins it to another but the order. */
function span(type: 'send' | 'process', traceId: string): object {
  const attributes = {
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': type,
    'messaging.destination.name': 'orders',
    'order.id': '4711',
  }
  return {
    traceId: traceId.repeat(32),
    spanId: traceId.repeat(16),
    name: type,
    kind: type === 'send' ? 4 : 5,
    startTimeUnixNano: String(BigInt(START_MS + (type === 'send' ? 0 : 50)) * 1_000_000n),
    endTimeUnixNano: String(BigInt(START_MS + 60) * 1_000_000n),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  }
}

test('declared keys join messages that carry no context', async () => {
  const ports = { otlpHttpPort: 0, otlpGrpcPort: 0, port: 0 }
  const server = await startServer({ ...ports, memory: true, keys: ['order.id'], log: () => undefined })
  onTestFinished(() => server.close())
  const spans = [span('send', 'a'), span('process', 'b')]
  await fetch(`${server.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  })
  const flow = (await (await fetch(`${server.viewer}/api/v1/flows/${'a'.repeat(32)}`)).json()) as object
  expect(flow).toMatchObject({ stepCount: 2, edges: [{ evidence: 'key' }] })
})
