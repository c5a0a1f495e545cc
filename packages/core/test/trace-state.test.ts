import { hold } from '@flowstitch/fuzz'
import { createTraceState, type TraceState } from '@opentelemetry/api'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatFlowContext } from '../src/propagation/flow-context.ts'
import { readTraceState } from '../src/propagation/trace-state.ts'

const flow = fc
  .record({
    flowId: fc.stringMatching(/^[0-9a-f]{32}$/),
    startMs: fc.integer({ min: 0, max: 4e12 }),
    sentMs: fc.integer({ min: 0, max: 4e12 }),
    hop: fc.integer({ min: 0, max: 999_999 }),
  })
  .map((value) => `flowstitch=${formatFlowContext(value)}`)
const part = fc.oneof(flow, fc.constantFrom('vendor=x', 'ot=rv:0', ' ', '=', 'flowstitch=2-x'), fc.string())
const header = fc.oneof(
  flow,
  fc.array(part, { maxLength: 4 }).map((parts) => parts.join(',')),
)

function seen(state: TraceState): unknown {
  const text = (of: TraceState): unknown => [of.serialize(), of.get('flowstitch'), of.get('vendor')]
  const next = [state.set('flowstitch', 'a'), state.set('vendor', 'b'), state.unset('flowstitch')]
  return [state, state.unset('vendor'), ...next].map(text)
}

it('a tracestate that was read is the one that the API reads, whatever the header', () => {
  hold(
    fc.property(header, (text) => {
      expect(seen(readTraceState(text))).toEqual(seen(createTraceState(text)))
    }),
  )
})
