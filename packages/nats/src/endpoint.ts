import type { Endpoint } from '@flowstitch/core'
import type { NatsConnection } from '@nats-io/nats-core'

/** The server that the connection is with now: it changes with each reconnect. */
export function watchServer(nc: NatsConnection | undefined): () => Endpoint {
  let server: string | undefined
  let endpoint: Endpoint = {}
  return () => {
    const current = nc?.getServer()
    if (current !== undefined && current !== server) {
      server = current
      endpoint = { ...addressOf(current), clientId: clientIdOf(nc) }
    }
    return endpoint
  }
}

/** `host:port`, with brackets around a host that is an IPv6 address. */
function addressOf(server: string): Endpoint {
  const portAt = server.lastIndexOf(':')
  return {
    serverAddress: server.slice(0, portAt).replace(/^\[(.*)\]$/, '$1'),
    serverPort: Number(server.slice(portAt + 1)),
  }
}

/** The server's own number for the connection. */
function clientIdOf(nc: NatsConnection | undefined): string | undefined {
  const id = nc?.info?.client_id
  return id === undefined ? undefined : String(id)
}
