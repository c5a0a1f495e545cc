import type { Endpoint } from '@flowstitch/core'

/** The address and the port of a broker, as `host:port` tells them; an IPv6 address may be in brackets. */
export function brokerEndpoint(broker: string): Endpoint {
  const portAt = broker.lastIndexOf(':')
  return {
    serverAddress: broker.slice(0, portAt).replace(/^\[(.+)\]$/, '$1'),
    serverPort: Number(broker.slice(portAt + 1)),
  }
}
