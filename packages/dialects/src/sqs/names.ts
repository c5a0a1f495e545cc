import type { Destination, Endpoint } from '@flowstitch/core'

/** The name of a queue: the last part of its URL. */
export function queueName(queueUrl: unknown): string | undefined {
  return typeof queueUrl === 'string' ? queueUrl.split('/').findLast((part) => part !== '') : undefined
}

/** The name of a queue or a topic: the last part of its ARN, `arn:aws:sqs:region:account:name`. */
export function nameInArn(arn: unknown): string | undefined {
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf(':') + 1) || undefined : undefined
}

/** The destination of this name; undefined where it is not known. */
export function destinationOf(name: string | undefined): Destination | undefined {
  return name === undefined ? undefined : { name }
}

/** Where the messages of a queue are, as its URL tells. */
export function queuePlace(queueUrl: string | undefined): {
  readonly destination: Destination | undefined
  readonly endpoint: Endpoint
} {
  return { destination: destinationOf(queueName(queueUrl)), endpoint: queueEndpoint(queueUrl) }
}

/** The broker, as the queue's URL tells it. */
export function queueEndpoint(queueUrl: string | undefined): Endpoint {
  const url = queueUrl === undefined ? null : URL.parse(queueUrl)
  if (!url) return { queueUrl }
  const serverPort = Number(url.port) || (url.protocol === 'http:' ? 80 : 443)
  return { queueUrl, serverAddress: url.hostname, serverPort }
}
