import { metrics } from '@opentelemetry/api'
import { recordSpans } from '@flowstitch/testing'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import type { Kernel } from '../src/kernel/kernel.ts'
import { process } from '../src/kernel/process.ts'
import { receive } from '../src/kernel/receive.ts'
import { send } from '../src/kernel/send.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const facts = (): object => ({})

describe('metrics', () => {
  let provider: MeterProvider
  let exporter: InMemoryMetricExporter
  beforeEach(() => {
    recordSpans({ sampler: new AlwaysOffSampler() })
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    provider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e6 })],
    })
    metrics.setGlobalMeterProvider(provider)
  })
  afterEach(async () => {
    await provider.shutdown()
    await recordSpans().shutdown()
  })

  async function collect(): Promise<
    Record<string, { unit: string; points: { attributes: object; value: unknown }[] }>
  > {
    await provider.forceFlush()
    const all = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    return Object.fromEntries(
      all.map(({ descriptor, dataPoints }) => [
        descriptor.name,
        { unit: descriptor.unit, points: dataPoints },
      ]),
    )
  }

  const sendTwo = (): readonly Letter[] =>
    send(
      testKernel(),
      {
        name: 'send',
        destination: { name: 'inbox' },
        batch: true,
        messages: [letter('a'), letter('b')],
        carrier,
        facts,
      },
      (messages) => messages,
      () => ({ refused: (index) => (index === 1 ? 'TOO_LARGE' : undefined) }),
    )

  it('count each message once, sampled or not, and the refused ones apart', async () => {
    const messages = sendTwo()
    const poll = {
      name: 'poll',
      destination: { name: 'inbox' },
      carrier,
      facts,
      messages: (m: readonly Letter[]) => m,
    }
    receive(testKernel(), poll, () => messages)
    for (const message of messages) {
      process(
        testKernel(),
        { ...delivery, message, facts: () => ({ attempt: 1 }), delivers: false },
        () => {},
      )
    }
    const found = await collect()
    const sent = found['messaging.client.sent.messages']
    expect(sent?.unit).toBe('{message}')
    expect(sent?.points.map(({ value }) => value).toSorted()).toEqual([1, 1])
    expect(sent?.points.map(({ attributes }) => attributes)).toContainEqual(
      expect.objectContaining({ 'error.type': 'TOO_LARGE' }),
    )
    expect(found['messaging.client.consumed.messages']?.points.map(({ value }) => value)).toEqual([2])
    expect(found['messaging.process.duration']?.unit).toBe('s')
    expect(found['messaging.client.operation.duration']?.points.map(({ attributes }) => attributes)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ 'messaging.operation.type': 'send' }),
        expect.objectContaining({ 'messaging.operation.type': 'receive' }),
      ]),
    )
  })

  it('tell how long and how far messages have travelled', async () => {
    for (const message of sendTwo())
      process(testKernel(), { ...delivery, message, facts: () => ({ attempt: 3 }) }, () => {})
    const found = await collect()
    for (const name of [
      'flowstitch.message.age',
      'flowstitch.message.attempt',
      'flowstitch.flow.hops',
      'flowstitch.flow.age',
    ]) {
      expect(found[name]?.points[0]?.value, name).toMatchObject({ count: 2 })
    }
    expect(found['flowstitch.message.attempt']?.points[0]?.value).toMatchObject({ sum: 6 })
  })

  const received = (kernel: Kernel<Letter, Letter>): Promise<unknown> => {
    for (const message of sendTwo())
      process(kernel, { ...delivery, message, facts: () => ({ attempt: 1 }) }, () => {})
    const operation = { ...delivery, messages: sendTwo(), facts: () => ({ attempt: 1 }) }
    processBatch(kernel, operation, () => {})
    return collect()
  }

  it('are those of the conventions alone, where the user wants no more', async () => {
    const found = Object.keys((await received(testKernel({ metrics: 'standard' }))) as object)
    expect(found).toContain('messaging.process.duration')
    expect(found).toContain('messaging.client.consumed.messages')
    expect(found.filter((name) => name.startsWith('flowstitch.'))).toEqual([])
  })

  it('of a delivery tell nothing of the broker, which costs most where all messages pay for it', async () => {
    const found = (await received(testKernel())) as Awaited<ReturnType<typeof collect>>
    expect(Object.keys(found['flowstitch.message.age']?.points[0]?.attributes ?? {})).toEqual([
      'messaging.destination.name',
      'messaging.operation.name',
      'messaging.system.name',
    ])
  })

  it('are none, where the user wants none', async () => {
    process(testKernel({ metrics: 'none' }), { ...delivery, message: letter('a'), facts }, () => {})
    expect(await collect()).toEqual({})
  })

  for (const [kind, destinationOf] of Object.entries({
    name: (n: number) => ({ name: `inbox-${n}` }),
    template: (n: number) => ({ name: `inbox-${n}-x`, template: `inbox-${n}` }),
  })) {
    it(`call destinations beyond a thousand by one ${kind}, however many clients connect`, async () => {
      for (let n = 0; n < 1010; n++) {
        const operation = { ...delivery, destination: destinationOf(n), message: letter('a') }
        process(testKernel(), { ...operation, facts: () => ({}) }, () => {})
      }
      const points = (await collect())['messaging.client.consumed.messages']?.points ?? []
      expect(points).toHaveLength(1001)
      expect(points).toContainEqual(
        expect.objectContaining({
          value: 10,
          attributes: expect.objectContaining({ [`messaging.destination.${kind}`]: '_OTHER' }),
        }),
      )
    })
  }
})
