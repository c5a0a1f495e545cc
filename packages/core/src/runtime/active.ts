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
  if (tracerProvider() !== undefined || meterProvider() !== undefined) return true
  if (!warned) warnOfOtherCopy()
  return false
}

/** Where every copy of the API, whatever its version, keeps what was registered. */
const API = Symbol.for('opentelemetry.js.api.1')
type Registered = Readonly<Record<'trace' | 'propagation', unknown>> & { readonly version?: string }

/** What is registered itself, by which a change can be told: the API hands out proxies. */
export function registered<K extends keyof Registered>(name: K): Registered[K] | undefined {
  return (globalThis as { [API]?: Registered })[API]?.[name]
}

let warned = false

/** An SDK that is registered, but with a copy of the API too old for ours, would leave everything untraced. */
function warnOfOtherCopy(): void {
  if (!registered('trace')) return
  warned = true
  // The diag logger of this copy is out of reach for the same reason.
  globalThis.process?.emitWarning(
    `an OpenTelemetry SDK is registered with @opentelemetry/api ${registered('version')}, which the copy that ` +
      'Flowstitch uses does not accept: nothing is traced. Install one version of @opentelemetry/api.',
    { type: 'FlowstitchWarning', code: 'FLOWSTITCH_API_COPIES' },
  )
}
