import { decodeService } from '../decode/span.ts'

/** Enough for the requests that one question touches. */
const MAX_SERVICES = 4096

/** The services of Resources by their position, as many spans ask for the same one. */
export class ServiceCache {
  readonly #services = new Map<number, string>()

  /** @param resource its position; 0 if the span has none */
  get(resource: number, load: () => { bytes: Uint8Array; position: number }): string {
    if (resource === 0) return 'unknown_service'
    let service = this.#services.get(resource)
    if (service === undefined) {
      const { bytes, position } = load()
      service = decodeService(bytes, position)
      if (this.#services.size >= MAX_SERVICES) this.#services.clear()
      this.#services.set(resource, service)
    }
    return service
  }
}
