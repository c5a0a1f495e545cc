import { isIPv4 } from 'node:net'

/** Whether a host name or address, as one listens on it or finds it in a URL, never leaves this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true
  return isIPv4(name) && name.startsWith('127.')
}

/** An address as it stands in a URL: IPv6 goes in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
