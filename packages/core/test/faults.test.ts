import { context, propagation, trace } from '@opentelemetry/api'
import { recordSpans, type SpanRecorder } from '@flowstitch/testing'
import { AlwaysOnSampler, type Sampler } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { processBatch } from '../src/kernel/batch.ts'
import { runWithContext } from '../src/context.ts'
import { flowIdOf } from '../src/propagation/flow-context.ts'
import { process } from '../src/kernel/process.ts'
import { send } from '../src/kernel/send.ts'
import { carrier, delivery, letter, testKernel, type Letter } from './support.ts'

const facts = (): object => ({})

/** Fails at the calls that `fails` says, counted from 1. */
function failingSampler(fails: (call: number) => boolean): Sampler {
  const working = new AlwaysOnSampler()
  let calls = 0
  return {
    shouldSample() {
      calls++
      if (fails(calls)) throw new Error('sampler')
      return working.shouldSample()
    },
    toString: () => 'failing',
  }
}

function sendThree(): readonly Letter[] {
  const operation = { name: 'send', destination: { name: 'inbox' }, batch: true, carrier, facts }
  return send(
    testKernel(),
    { ...operation, messages: ['a', 'b', 'c'].map((body) => letter(body)) },
    (out) => out,
  )
}

describe('a sampler that throws', () => {
  let recorder: SpanRecorder
  afterEach(() => recorder.shutdown())

  it.each([1, 2, 3, 4])('at span %i of a batch of three leaves none open, and sends all', (failing) => {
    recorder = recordSpans({ sampler: failingSampler((call) => call === failing) })
    const sent = sendThree()
    expect(sent.map(({ body }) => body)).toEqual(['a', 'b', 'c'])
    for (const { headers } of sent) expect(headers['traceparent']).toBeDefined()
    expect(recorder.open).toBe(0)
    expect(recorder.spans).toHaveLength(3)
  })

  it('leaves messages as they are where it throws always', () => {
    recorder = recordSpans({ sampler: failingSampler(() => true) })
    expect(sendThree()).toEqual(['a', 'b', 'c'].map((body) => letter(body)))
  })

  it('leaves no part of a batch span open', () => {
    recorder = recordSpans()
    const messages = Array.from({ length: 300 }, () => sendThree()).flat()
    recorder = recordSpans({ sampler: failingSampler((call) => call === 2) })
    const operation = { ...delivery, messages, facts }
    expect(processBatch(testKernel(), operation, () => 'handled')).toBe('handled')
    expect(recorder.open).toBe(0)
  })

  it('takes neither the flow nor the baggage from a handler', () => {
    recorder = recordSpans()
    const baggage = propagation.createBaggage({ tenant: { value: 'blue' } })
    const [message = letter('')] = context.with(propagation.setBaggage(context.active(), baggage), sendThree)
    const flow = message.headers['traceparent']?.slice(3, 35)
    recorder = recordSpans({ sampler: failingSampler(() => true) })
    const seen = process(testKernel(), { ...delivery, message, facts }, () => [
      flowIdOf(context.active()),
      propagation.getActiveBaggage()?.getEntry('tenant')?.value,
    ])
    expect(seen).toEqual([flow, 'blue'])
  })

  it('keeps no work from running with a captured context', () => {
    recorder = recordSpans({ sampler: failingSampler(() => true) })
    const captured = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
    const traceIdIn = (): string | undefined => trace.getSpanContext(context.active())?.traceId
    expect(runWithContext(captured, { name: 'relay', relation: 'parent' }, traceIdIn)).toBe('a'.repeat(32))
  })
})
