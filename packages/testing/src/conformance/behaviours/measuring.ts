import type { Attributes } from '@opentelemetry/api'
import * as names from '@flowstitch/core/semconv'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { MetricRecorder } from '../../metric-recorder.ts'
import type { Behaviour, Bench } from '../behaviour.ts'

const ADVISED = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

function sum(metrics: MetricRecorder, metric: string): number {
  return metrics.of(metric).reduce((total, { value }) => total + value, 0)
}

/** Sends and handles messages, of which the first to come fails, and has one refused. */
async function traffic({ open }: Bench, metrics: MetricRecorder, count: number): Promise<void> {
  const session = await open()
  let came = 0
  await session.consume(() => {
    came++
    if (came === 1) throw new Error('boom')
  })
  for (let n = 0; n < count; n++) await session.send({ body: String(n) })
  await expect.poll(() => metrics.of(names.METRIC_PROCESS_DURATION).length).toBeGreaterThanOrEqual(count)
  await session.sendRefused('instrumented').catch(() => undefined)
}

/** The kinds of errors that are told of. */
function told(of: readonly { readonly attributes: Attributes }[]): string[] {
  const types = of.map(({ attributes }) => attributes[names.ERROR_TYPE])
  return [...new Set(types.filter((type) => typeof type === 'string'))].toSorted()
}

/** The conventions' metrics, and what no convention names. */
export const measuring: readonly Behaviour[] = [
  {
    name: 'messages are counted once as sent and once as consumed, sampled or not',
    async run(bench) {
      bench.record({ sampler: new AlwaysOffSampler() })
      const metrics = bench.recordMetrics()
      await traffic(bench, metrics, 3)
      const good = metrics
        .of(names.METRIC_CLIENT_SENT_MESSAGES)
        .filter(({ attributes }) => attributes[names.ERROR_TYPE] === undefined)
      expect(good.reduce((total, { value }) => total + value, 0)).toBe(3)
      expect(sum(metrics, names.METRIC_CLIENT_CONSUMED_MESSAGES)).toBe(
        metrics.of(names.METRIC_PROCESS_DURATION).length,
      )
    },
  },
  {
    name: 'metrics have the units, the buckets and the schema that the conventions advise',
    async run(bench) {
      bench.record()
      const metrics = bench.recordMetrics()
      await traffic(bench, metrics, 1)
      for (const name of [names.METRIC_CLIENT_OPERATION_DURATION, names.METRIC_PROCESS_DURATION]) {
        expect(metrics.instruments.get(name), name).toMatchObject({
          kind: 'histogram',
          unit: 's',
          advice: { explicitBucketBoundaries: ADVISED },
          scope: `@flowstitch/${bench.adapter.name}`,
          schemaUrl: names.SCHEMA_URL,
        })
      }
      for (const name of [names.METRIC_CLIENT_SENT_MESSAGES, names.METRIC_CLIENT_CONSUMED_MESSAGES]) {
        expect(metrics.instruments.get(name), name).toMatchObject({ kind: 'counter', unit: '{message}' })
      }
    },
  },
  {
    name: 'metrics have the attributes that the conventions require, and tell errors as spans do',
    async run(bench) {
      const recorder = bench.record()
      const metrics = bench.recordMetrics()
      await traffic(bench, metrics, 2)
      for (const { metric, attributes } of metrics.measurements) {
        expect(attributes[names.MESSAGING_SYSTEM_NAME], metric).toBe(bench.adapter.system)
        expect(attributes[names.MESSAGING_OPERATION_NAME], metric).toBeTypeOf('string')
      }
      for (const { attributes } of metrics.of(names.METRIC_CLIENT_OPERATION_DURATION)) {
        expect(['send', 'receive', 'settle']).toContain(attributes[names.MESSAGING_OPERATION_TYPE])
      }
      for (const { attributes } of metrics.of(names.METRIC_PROCESS_DURATION)) {
        expect(attributes).not.toHaveProperty([names.MESSAGING_OPERATION_TYPE])
      }
      expect(told(metrics.measurements)).toEqual(told(recorder.spans))
      expect(told(metrics.of(names.METRIC_PROCESS_DURATION))).toEqual(['Error'])
    },
  },
  {
    name: 'how long, how often and how far a message has travelled is measured, sampled or not',
    async run(bench) {
      bench.record({ sampler: new AlwaysOffSampler() })
      const metrics = bench.recordMetrics()
      const session = await bench.open()
      await session.consume(() => undefined)
      await session.send({ body: 'x' })
      const own = [
        'flowstitch.message.dwell',
        'flowstitch.message.age',
        'flowstitch.flow.hops',
        'flowstitch.flow.age',
      ]
      await expect.poll(() => own.map((name) => metrics.of(name).length)).toEqual([1, 1, 1, 1])
      for (const name of own) expect(metrics.of(name)[0]?.value, name).toBeGreaterThanOrEqual(0)
      expect(metrics.of('flowstitch.flow.hops')[0]?.value).toBe(1)
    },
  },
]
