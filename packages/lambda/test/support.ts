import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** What Lambda hands to a handler beside the event. */
export function lambdaContext(more: Partial<Context> = {}): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'ship-orders',
    functionVersion: '7',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:ship-orders:live',
    memoryLimitInMB: '128',
    awsRequestId: randomUUID(),
    logGroupName: '/aws/lambda/ship-orders',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 30_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
    ...more,
  }
}

export function traceIdOf(span: ReadableSpan): string {
  return span.spanContext().traceId
}

export function spanIdOf(span: ReadableSpan): string {
  return span.spanContext().spanId
}

/** The ids of the spans that it links to. */
export function linkedBy(span: ReadableSpan): string[] {
  return span.links.map(({ context }) => context.spanId)
}

/** The only span for which it holds. */
export function only(spans: readonly ReadableSpan[], matches: (span: ReadableSpan) => boolean): ReadableSpan {
  const found = spans.filter(matches)
  if (found.length !== 1) {
    throw new Error(`${found.length} spans instead of one, of: ${spans.map(({ name }) => name).join(', ')}`)
  }
  return found[0] as ReadableSpan
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
