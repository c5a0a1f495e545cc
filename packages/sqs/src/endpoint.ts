import type { Endpoint } from '@flowstitch/core'

/** The broker, as the queue's URL tells it. */
export function queueEndpoint(queueUrl: string | undefined): Endpoint {
  const url = queueUrl === undefined ? null : URL.parse(queueUrl)
  if (!url) return { queueUrl }
  const serverPort = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  return { queueUrl, serverAddress: url.hostname, serverPort }
}
