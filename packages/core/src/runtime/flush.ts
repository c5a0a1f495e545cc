import * as api from '@opentelemetry/api'
import { meterProvider, tracerProvider } from './active.ts'
import { report } from './guard.ts'

interface Flushable {
  forceFlush(): Promise<unknown>
}

/**
 * Has the registered providers export what they hold. Resolves when they have, have failed, or after `timeoutMs`
 * milliseconds: an exporter that hangs must not hold up who waits. Never rejects.
 */
export async function flush(timeoutMs: number): Promise<void> {
  const flushing = flushable().map(flushOne)
  if (flushing.length === 0 || timeoutMs <= 0) return
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, timeoutMs)
  await Promise.race([Promise.all(flushing), timeout.promise])
  clearTimeout(timer)
}

/** The API knows of no flushing; SDKs do. */
function flushable(): Flushable[] {
  // Absent from API 1.9.
  const logs = api.logs as typeof api.logs | undefined
  const providers: readonly unknown[] = [tracerProvider(), meterProvider(), logs?.getLoggerProvider()]
  return providers.filter(
    (provider): provider is Flushable =>
      typeof (provider as Flushable | undefined)?.forceFlush === 'function',
  )
}

async function flushOne(provider: Flushable): Promise<void> {
  try {
    await provider.forceFlush()
  } catch (error) {
    report('flushing', error)
  }
}
