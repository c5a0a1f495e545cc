import { propagation, type TextMapPropagator } from '@opentelemetry/api'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'
import type { Behaviour } from '../behaviour.ts'
import { brokenSampler, HangingExporter } from './broken.ts'
import { isProcess, OWN_TRACEPARENT } from './spans.ts'

/** Parts of an SDK that fail. */
export const faults: readonly Behaviour[] = [
  {
    name: 'a propagator that throws loses no message',
    async run({ record, open }) {
      const recorder = record({ propagator: brokenPropagator })
      const session = await open()
      await session.send({ body: 'still sent' })
      const { promise: handled, resolve } = Promise.withResolvers<string>()
      await session.consume(({ body }) => resolve(body))
      expect(await handled).toBe('still sent')
      await recorder.waitFor(isProcess)
    },
  },
  {
    name: 'a sampler that throws loses no message',
    async run({ record, open }) {
      record({ sampler: brokenSampler })
      const session = await open()
      await session.send({ body: 'still sent', headers: { tenant: 'blue' } })
      const { body, headers } = await session.readBare()
      expect(body).toBe('still sent')
      expect(headers).toMatchObject({ tenant: 'blue' })
    },
  },
  {
    name: 'a sampler that throws keeps no message from its handler, nor the baggage that it came with',
    async run({ record, open }) {
      record({ sampler: brokenSampler })
      const session = await open()
      const { promise: tenant, resolve } = Promise.withResolvers<string | undefined>()
      await session.consume(() => resolve(propagation.getActiveBaggage()?.getEntry('tenant')?.value))
      await session.sendBare({ body: 'x', headers: { traceparent: OWN_TRACEPARENT, baggage: 'tenant=blue' } })
      expect(await tenant).toBe('blue')
    },
  },
  {
    name: 'an exporter that hangs holds up no send and no handler',
    async run({ record, open }) {
      const exporter = new HangingExporter()
      const processor = new BatchSpanProcessor({
        exporter,
        scheduledDelayMillis: 10,
        maxQueueSize: 4,
        maxExportBatchSize: 2,
      })
      const recorder = record({ processors: [processor] })
      const session = await open()
      await session.consume(() => undefined)
      try {
        await session.send({ body: 'first', headers: {} })
        await expect.poll(() => exporter.hangs).toBe(true)
        for (let n = 1; n < 10; n++) await session.send({ body: String(n), headers: {} })
        expect(await recorder.waitForAll(isProcess, 10)).toHaveLength(10)
        expect(exporter.hangs).toBe(true)
      } finally {
        exporter.release()
      }
    },
  },
]

const brokenPropagator: TextMapPropagator = {
  inject() {
    throw new Error('inject')
  },
  extract() {
    throw new Error('extract')
  },
  fields() {
    throw new Error('fields')
  },
}
