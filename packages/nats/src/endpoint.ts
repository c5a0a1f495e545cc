import type { Endpoint } from '@flowstitch/core'
import { serverEndpoint } from '@flowstitch/dialects/nats'
import type { NatsConnection } from '@nats-io/nats-core'

/** The server that the connection is with now: it changes with each reconnect. */
export function watchServer(nc: NatsConnection | undefined): () => Endpoint {
  let server: string | undefined
  let endpoint: Endpoint = {}
  return () => {
    const current = nc?.getServer()
    if (current !== undefined && current !== server) {
      server = current
      endpoint = { ...serverEndpoint(current), clientId: clientIdOf(nc) }
    }
    return endpoint
  }
}

/** The server's own number for the connection. */
function clientIdOf(nc: NatsConnection | undefined): string | undefined {
  return nc?.info?.client_id?.toString()
}
