import { diag, type MeterProvider } from '@opentelemetry/api'

/** Beyond so many destinations the rest share one name: a metric backend pays for each. */
const MAX_DESTINATIONS = 1000
const OTHER = '_OTHER'

/** The destinations that metrics call by their names. */
export class DestinationNames {
  readonly #known = new Set<string>()

  /** The name, or the one that all further destinations share. */
  bounded(name: string): string {
    if (this.#known.has(name)) return name
    if (this.#known.size === MAX_DESTINATIONS) return OTHER
    this.#known.add(name)
    if (this.#known.size === MAX_DESTINATIONS) {
      diag.warn(`flowstitch: over ${MAX_DESTINATIONS} destinations; metrics call further ones ${OTHER}`)
    }
    return name
  }
}

const ofProviders = new WeakMap<MeterProvider, Map<string, DestinationNames>>()

/** Those of a meter, which all kernels of one adapter share: a client that connects anew has a new kernel. */
export function destinationNames(provider: MeterProvider, scope: string): DestinationNames {
  let ofScopes = ofProviders.get(provider)
  if (!ofScopes) ofProviders.set(provider, (ofScopes = new Map()))
  let names = ofScopes.get(scope)
  if (!names) ofScopes.set(scope, (names = new DestinationNames()))
  return names
}
