import type { InvocationFacts } from '@flowstitch/core'

/** What is used of the context that Lambda gives a handler. */
export interface LambdaContext {
  readonly functionName: string
  readonly functionVersion: string
  readonly invokedFunctionArn: string
  readonly awsRequestId: string
  readonly xRayTraceId?: string | undefined
  getRemainingTimeInMillis(): number
}

/** Tests call handlers with less than that, or nothing. */
export type GivenContext = Partial<LambdaContext> | null | undefined

/** Beyond this, Lambda has made the environment before anybody asked for it. */
const MAX_INIT_MS = 10_000
const PREPARED = new Set(['provisioned-concurrency', 'lambda-managed-instances'])

/** Tells whether an environment's first invocation has had to wait for it. */
export function coldStarts(): () => boolean {
  let first = true
  return () => {
    const cold =
      first &&
      !PREPARED.has(process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] ?? '') &&
      process.uptime() * 1000 < MAX_INIT_MS
    first = false
    return cold
  }
}

/** What Lambda's context says of an invocation. */
export function invocationFacts(
  given: GivenContext,
  trigger: InvocationFacts['trigger'],
  coldStart: boolean,
): InvocationFacts {
  const invokedArn = given?.invokedFunctionArn
  return {
    name: given?.functionName ?? process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'function',
    trigger,
    id: given?.awsRequestId,
    resourceId: withoutAlias(invokedArn, given?.functionVersion),
    invokedArn,
    accountId: invokedArn?.split(':')[4],
    coldStart,
  }
}

/** FaaS spans, `cloud.resource_id`: an alias gives way to the version that it stands for. */
function withoutAlias(arn: string | undefined, version: string | undefined): string | undefined {
  const parts = arn?.split(':')
  if (parts?.length !== 8 || version === undefined) return arn
  return [...parts.slice(0, 7), version].join(':')
}

/** X-Ray's tracing header; concurrent invocations share the environment, and there it is the context's. */
export function traceHeader(given: GivenContext, xray: boolean | undefined): string | undefined {
  const wanted = xray ?? /(?:^|,)\s*xray-lambda\s*(?:,|$)/.test(process.env['OTEL_PROPAGATORS'] ?? '')
  return wanted ? (given?.xRayTraceId ?? process.env['_X_AMZN_TRACE_ID']) : undefined
}
