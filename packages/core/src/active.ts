import { createNoopMeter, metrics, ProxyTracerProvider, trace, type TracerProvider } from '@opentelemetry/api'

const noProvider: TracerProvider = new ProxyTracerProvider().getDelegate()
const noMeter = createNoopMeter()

/** The provider that makes spans, behind the API's proxy; undefined where no SDK has registered one. */
export function tracerProvider(): TracerProvider | undefined {
  const provider = trace.getTracerProvider() as TracerProvider & { getDelegate?: () => TracerProvider }
  const delegate = provider.getDelegate ? provider.getDelegate() : provider
  return delegate === noProvider ? undefined : delegate
}

/** True where an SDK for traces or metrics is registered; else there is nothing to do at all. */
export function isActive(): boolean {
  return tracerProvider() !== undefined || metrics.getMeterProvider().getMeter('flowstitch') !== noMeter
}
