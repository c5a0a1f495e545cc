import {
  createNoopMeter,
  metrics,
  ProxyTracerProvider,
  trace,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api'

const noProvider: TracerProvider = new ProxyTracerProvider().getDelegate()
const noMeter = createNoopMeter()

/** The provider that makes spans, behind the API's proxy; undefined where no SDK has registered one. */
export function tracerProvider(): TracerProvider | undefined {
  const provider = trace.getTracerProvider() as TracerProvider & { getDelegate?: () => TracerProvider }
  const delegate = provider.getDelegate ? provider.getDelegate() : provider
  return delegate === noProvider ? undefined : delegate
}

let known: { readonly provider: MeterProvider; readonly real: boolean } | undefined

/** The provider of meters; undefined where no SDK has registered one. */
export function meterProvider(): MeterProvider | undefined {
  const provider = metrics.getMeterProvider()
  if (provider !== known?.provider) known = { provider, real: provider.getMeter('flowstitch') !== noMeter }
  return known.real ? provider : undefined
}

/** True where an SDK for traces or metrics is registered; else there is nothing to do at all. */
export function isActive(): boolean {
  return tracerProvider() !== undefined || meterProvider() !== undefined
}
