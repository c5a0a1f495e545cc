import { createNoopMeter, metrics, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api'
import { recordSpans } from '@flowstitch/testing'
import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { sqsEvent } from './events.ts'
import { lambdaContext } from './support.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  trace.disable()
  metrics.disable()
})

const nothing = (): void => {}
const hanging = (): Promise<void> => new Promise(() => {})
const counted = (): ReturnType<typeof vi.fn<() => Promise<void>>> =>
  vi.fn<() => Promise<void>>(async () => {})

/** Registers an SDK that flushes as told. */
function registerFlushing(forceFlush: () => Promise<void>): void {
  recordSpans()
  const { getDelegate } = trace.getTracerProvider() as unknown as { getDelegate(): TracerProvider }
  const sdk = getDelegate.call(trace.getTracerProvider())
  trace.disable()
  trace.setGlobalTracerProvider({ getTracer: (name) => sdk.getTracer(name), forceFlush } as TracerProvider)
}

describe('a function', () => {
  it('answers when its spans are exported', async () => {
    const exporter = new InMemorySpanExporter()
    const recorder = recordSpans({ processors: [new BatchSpanProcessor({ exporter })] })
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['process orders', 'ship-orders'])
    await recorder.shutdown()
  })

  it('flushes after a failure, too', async () => {
    const forceFlush = counted()
    registerFlushing(forceFlush)
    const failing = wrapHandler.sqs(() => Promise.reject(new Error('no')))
    await expect(failing(sqsEvent('a'), lambdaContext())).rejects.toThrow('no')
    expect(forceFlush).toHaveBeenCalledOnce()
  })

  it.each([
    ['its limit', { timeoutMs: 20 }, {}],
    ['its own time', {}, { getRemainingTimeInMillis: () => 70 }],
  ])('waits for an exporter that hangs no longer than %s', async (_, flush, more) => {
    registerFlushing(hanging)
    const answer = wrapHandler.sqs(nothing, { flush })(sqsEvent('a'), lambdaContext(more))
    await expect(answer).resolves.toBeUndefined()
  })

  it('waits for no exporter where no time is left', async () => {
    const forceFlush = vi.fn<() => Promise<void>>(hanging)
    registerFlushing(forceFlush)
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext({ getRemainingTimeInMillis: () => 10 }))
    expect(forceFlush).toHaveBeenCalledOnce()
  })

  it.each([
    ['fails', () => Promise.reject(new Error('no network'))],
    [
      'throws',
      () => {
        throw new Error('no network')
      },
    ],
  ])('answers where an exporter %s', async (_, forceFlush) => {
    registerFlushing(forceFlush)
    const answer = wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
    await expect(answer).resolves.toBeUndefined()
  })

  it('flushes nothing where that is not wanted, or nothing will be frozen', async () => {
    const forceFlush = counted()
    registerFlushing(forceFlush)
    await wrapHandler.sqs(nothing, { flush: { mode: 'none' } })(sqsEvent('a'), lambdaContext())
    vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', 'lambda-managed-instances')
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
    expect(forceFlush).not.toHaveBeenCalled()
  })

  it('has metrics flushed', async () => {
    const forceFlush = counted()
    const provider = { getMeter: () => ({ ...createNoopMeter() }), forceFlush } as unknown as MeterProvider
    metrics.setGlobalMeterProvider(provider)
    await wrapHandler.sqs(nothing, { metrics: 'none' })(sqsEvent('a'), lambdaContext())
    expect(forceFlush).toHaveBeenCalledOnce()
  })
})
