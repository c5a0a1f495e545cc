import {
  creationContext,
  Kernel,
  process,
  processBatch,
  receive,
  send,
  type Carrier,
  type MessageFacts,
  type ReadCarrier,
} from '@flowstitch/core'
import { isSpanContextValid } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import { expect } from 'vitest'

const kernel = new Kernel({ system: 'fuzz', scope: '@flowstitch/fuzz', options: { captureBodySize: true } })
const operation = { destination: { name: 'inbox' }, pulled: false, delivers: true }

/** Records also what continues traces that were not sampled. */
export function recordAll(): SpanRecorder {
  return recordSpans({ sampler: new AlwaysOnSampler() })
}

/** A message that came, whatever is in it, is handled once, and everything that is recorded of it is sound. */
export function expectHandled<M>(
  recorder: SpanRecorder,
  carrier: ReadCarrier<M>,
  message: M,
  facts: (message: M) => MessageFacts = () => ({}),
): void {
  const before = openBefore(recorder)
  const creation = creationContext(carrier, message)
  expect(creation === undefined || isSpanContextValid(creation)).toBe(true)
  const answer = {}
  let handled = 0
  const handle = (): object => {
    handled++
    return answer
  }
  const described = { ...operation, carrier, facts }
  expect(process(kernel, { ...described, name: 'process', message }, handle)).toBe(answer)
  expect(processBatch(kernel, { ...described, name: 'process', messages: [message] }, handle)).toBe(answer)
  receive(kernel, { ...described, name: 'receive', messages: () => [message] }, handle)
  expect(handled).toBe(3)
  expectSound(recorder, before, 3)
  const links = recorder.spans.flatMap((span) => span.links)
  expect(links).toHaveLength(creation ? 3 : 0)
  for (const { context } of links) expect(context.spanId).toBe(creation?.spanId)
}

/** A message to be sent goes out once; the answer is what the client gets. */
export function sentThrough<M>(
  recorder: SpanRecorder,
  carrier: Carrier<M>,
  message: M,
  facts: (message: M) => MessageFacts = () => ({}),
): M {
  const before = openBefore(recorder)
  const passed: M[] = []
  const described = { ...operation, name: 'send', batch: false, messages: [message], carrier, facts }
  send(kernel, described, (messages) => void passed.push(...messages))
  expect(passed).toHaveLength(1)
  expectSound(recorder, before, 1)
  return passed[0] as M
}

/** A span that one value leaves open is none of the next one's: else a failure could not be made smaller. */
function openBefore(recorder: SpanRecorder): number {
  recorder.clear()
  return recorder.open
}

/** Every span has ended, and no attribute is one that an exporter would drop or choke on. */
function expectSound(recorder: SpanRecorder, open: number, spans: number): void {
  expect(recorder.open).toBe(open)
  expect(recorder.spans).toHaveLength(spans)
  for (const { attributes, status } of recorder.spans) {
    expect(status.code).toBe(0)
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'number') expect(Number.isFinite(value), `${name} is ${value}`).toBe(true)
      else expect(['string', 'boolean'], name).toContain(typeof value)
    }
    expect((attributes['flowstitch.message.attempt'] as number | undefined) ?? 1).toBeGreaterThanOrEqual(1)
    expect((attributes['flowstitch.message.age'] as number | undefined) ?? 0).toBeGreaterThanOrEqual(0)
    expect((attributes['flowstitch.message.dwell'] as number | undefined) ?? 0).toBeGreaterThanOrEqual(0)
  }
}
