import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { recordMetrics, recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { AwsLambdaInstrumentation } from '@opentelemetry/instrumentation-aws-lambda'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { wrapHandler } from '../src/index.ts'
import { sqsEvent } from './events.ts'
import { lambdaContext, only, spanIdOf } from './support.ts'

let recorder: SpanRecorder
beforeEach(() => {
  recorder = recordSpans()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await recorder.shutdown()
})

const isInvocation = ({ kind }: { kind: SpanKind }): boolean => kind === SpanKind.SERVER
const nothing = (): void => {}
const HEADER = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'

describe('an invocation', () => {
  it('is cold once', async () => {
    vi.spyOn(process, 'uptime').mockReturnValue(1)
    const handler = wrapHandler.sqs(nothing)
    await handler(sqsEvent('a'), lambdaContext())
    await handler(sqsEvent('a'), lambdaContext())
    const cold = recorder.spans.filter(isInvocation).map(({ attributes }) => attributes['faas.coldstart'])
    expect(cold).toEqual([true, false])
  })

  it.each(['provisioned-concurrency', 'lambda-managed-instances'])(
    'is never cold where Lambda has prepared its environment: %s',
    async (type) => {
      vi.spyOn(process, 'uptime').mockReturnValue(1)
      vi.stubEnv('AWS_LAMBDA_INITIALIZATION_TYPE', type)
      await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
      expect(only(recorder.spans, isInvocation).attributes['faas.coldstart']).toBe(false)
    },
  )

  it('fails with the error of its function', async () => {
    const error = new RangeError('no stock')
    const handler = wrapHandler.sqs(() => Promise.reject(error))
    await expect(handler(sqsEvent('a', 'b'), lambdaContext())).rejects.toBe(error)
    const invocation = only(recorder.spans, isInvocation)
    expect(invocation.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no stock' })
    expect(invocation.attributes).toMatchObject({
      'error.type': 'RangeError',
      'flowstitch.batch.failed_count': 2,
    })
    expect(recorder.open).toBe(0)
  })

  it("is another instrumentation's where that has made a span", async () => {
    const active = trace.getTracer('other').startSpan('theirs', { kind: SpanKind.SERVER })
    const handler = wrapHandler.sqs(nothing)
    await context.with(trace.setSpan(ROOT_CONTEXT, active), () =>
      handler(sqsEvent('a', 'b'), lambdaContext()),
    )
    active.end()
    expect(recorder.spans.map(({ name }) => name)).toEqual(['process orders', 'process orders', 'theirs'])
    for (const handling of recorder.spans.slice(0, 2)) {
      expect(handling.parentSpanContext?.spanId).toBe(active.spanContext().spanId)
    }
    expect(recorder.spans[2]?.attributes['messaging.batch.message_count']).toBe(2)
  })

  it("is that of OpenTelemetry's own instrumentation of Lambda", async () => {
    const official = new AwsLambdaInstrumentation({ enabled: false })
    const { _getHandler } = official as unknown as {
      _getHandler(started: number): <H>(handler: H) => H
    }
    const handler = wrapHandler.sqs(nothing)
    const patched = _getHandler.call(official, Date.now())(handler)
    await patched(sqsEvent('a'), lambdaContext())
    const invocation = only(recorder.spans, isInvocation)
    expect(invocation.instrumentationScope.name).toBe('@opentelemetry/instrumentation-aws-lambda')
    const ours = only(recorder.spans, ({ instrumentationScope: { name } }) => name === '@flowstitch/lambda')
    expect(ours.parentSpanContext?.spanId).toBe(spanIdOf(invocation))
  })

  it("continues X-Ray's trace where that is wanted, and only there", async () => {
    vi.stubEnv('_X_AMZN_TRACE_ID', HEADER)
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
    expect(only(recorder.spans, isInvocation).parentSpanContext).toBeUndefined()
    recorder.clear()
    await wrapHandler.sqs(nothing, { xray: true })(sqsEvent('a'), lambdaContext())
    expect(only(recorder.spans, isInvocation).parentSpanContext?.spanId).toBe('53995c3f42cd8ad8')
    recorder.clear()
    vi.stubEnv('OTEL_PROPAGATORS', 'tracecontext,xray-lambda')
    const ofTheContext = HEADER.replace('53995c3f42cd8ad8', '53995c3f42cd8ad9')
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext({ xRayTraceId: ofTheContext } as object))
    expect(only(recorder.spans, isInvocation).parentSpanContext?.spanId).toBe('53995c3f42cd8ad9')
  })

  it('has the older names where they are wanted', async () => {
    await wrapHandler.sqs(nothing, { semconv: '1.44' })(sqsEvent('a'), lambdaContext())
    expect(only(recorder.spans, isInvocation).attributes).toHaveProperty(['faas.invocation_id'])
  })

  it('counts each message once', async () => {
    const metrics = recordMetrics()
    await wrapHandler.sqs(nothing)(sqsEvent('a'), lambdaContext())
    await wrapHandler.sqs(nothing)(sqsEvent('a', 'b'), lambdaContext())
    expect(metrics.of('messaging.client.consumed.messages')).toHaveLength(3)
    expect(metrics.of('flowstitch.message.dwell')).toHaveLength(3)
    expect(metrics.of('messaging.process.duration')).toHaveLength(3)
  })

  it('runs beside others in one process', async () => {
    const gate = Promise.withResolvers<void>()
    const seen: (string | undefined)[] = []
    const handler = wrapHandler.sqs(async () => {
      await gate.promise
      seen.push(trace.getActiveSpan()?.spanContext().spanId)
    })
    const running = [1, 2, 3].map(() => handler(sqsEvent('a', 'b'), lambdaContext()))
    gate.resolve()
    await Promise.all(running)
    const handlings = recorder.spans.filter(({ kind }) => kind === SpanKind.CONSUMER)
    expect(new Set(seen)).toEqual(new Set(handlings.map(spanIdOf)))
    const invocations = recorder.spans.filter(isInvocation).map(spanIdOf)
    for (const id of invocations) {
      expect(handlings.filter(({ parentSpanContext }) => parentSpanContext?.spanId === id)).toHaveLength(2)
    }
  })
})
