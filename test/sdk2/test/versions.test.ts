import { recordSpans } from '@flowstitch/testing'
import { trace } from '@opentelemetry/api'
import { expect, it } from 'vitest'

it('the tests of this project run on API 1.9 and SDK 2', async () => {
  const recorder = recordSpans()
  trace.getTracer('test').startSpan('work').end()
  const registered = Reflect.get(globalThis, Symbol.for('opentelemetry.js.api.1')) as { version: string }
  expect(registered.version).toMatch(/^1\.9\./)
  expect(recorder.spans.map((span) => span.resource.attributes['telemetry.sdk.version'])).toEqual([
    expect.stringMatching(/^2\./),
  ])
  await recorder.shutdown()
})
