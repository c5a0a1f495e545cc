import type { Endpoint } from '@flowstitch/core'

/** The server's address in `host:port`, with brackets around a host that is an IPv6 address. */
export function serverEndpoint(hostAndPort: string): Endpoint {
  const portAt = hostAndPort.lastIndexOf(':')
  return {
    serverAddress: hostAndPort.slice(0, portAt).replace(/^\[(.*)\]$/, '$1'),
    serverPort: Number(hostAndPort.slice(portAt + 1)),
  }
}
