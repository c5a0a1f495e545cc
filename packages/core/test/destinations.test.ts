import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { metrics } from '@opentelemetry/api'
import { instrumentPost, PostOffice, recordSpans, type SpanRecorder } from '@flowstitch/testing'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** An office that keeps nothing of what it is given, so that whatever is kept is ours. */
function forgetfulOffice(): PostOffice {
  return Object.assign(new PostOffice(), { send: async () => ({ number: 1 }) })
}

describe('ten thousand destinations', () => {
  let recorder: SpanRecorder
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  let provider: MeterProvider
  beforeEach(() => {
    recorder = recordSpans()
    provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 })],
    })
    metrics.setGlobalMeterProvider(provider)
  })
  afterEach(async () => {
    await provider.shutdown()
    await recorder.shutdown()
  })

  async function sendTo(office: PostOffice, from: number, count: number): Promise<void> {
    for (let n = from; n < from + count; n++) {
      await office.send(`orders.customer-with-a-name-of-usual-length-${n}`, { body: 'x' })
      if (n % 1000 === 0) recorder.clear()
    }
    recorder.clear()
  }

  it('are all sent to, and make a thousand metric points and one more', async () => {
    const office = instrumentPost(new PostOffice())
    await sendTo(office, 0, 10_000)
    expect(await office.fetch('orders.customer-with-a-name-of-usual-length-9999')).toHaveLength(1)
    await provider.forceFlush()
    const sent = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      .find(({ descriptor }) => descriptor.name === 'messaging.client.sent.messages')
    expect(sent?.dataPoints).toHaveLength(1001)
    const counted = sent?.dataPoints.map(({ value }) => Number(value)) ?? []
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(10_000)
    expect(Math.max(...counted)).toBe(9000)
  })

  it('keep no more memory than a thousand', async () => {
    const office = instrumentPost(forgetfulOffice())
    await sendTo(office, 0, 10_000)
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    await sendTo(office, 10_000, 40_000)
    collectGarbage()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000)
  })
})
