import { setTimeout } from 'node:timers/promises'
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import type { Batch, KafkaMessage } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { clients, isProcess, setUp, type Span } from './support.ts'

const isBatch = (span: Span): boolean => isProcess(span) && span.parentSpanContext === undefined
const isMessage = (span: Span): boolean => isProcess(span) && span.parentSpanContext !== undefined
const isWork = (span: Span): boolean => span.name.startsWith('work ')
const idOf = (span: Span | undefined): string | undefined => span?.spanContext().spanId
const textOf = (message: KafkaMessage | undefined): string => String(message?.value)
const work = (message: KafkaMessage): void =>
  trace
    .getTracer('test')
    .startSpan(`work ${textOf(message)}`)
    .end()

async function handleAll(messages: readonly KafkaMessage[]): Promise<void> {
  for (const message of messages) {
    work(message)
    await setTimeout(2)
  }
}

describe.each(clients)('a loop over batch.messages with %s', (_, Client) => {
  const setup = setUp(Client)

  /** Sends messages, each with its text as baggage, in one call each; answers them in one batch. */
  async function handle(
    texts: readonly string[],
    handler: (
      messages: readonly KafkaMessage[],
      more: { readonly batch: Batch; readonly pause: () => void },
    ) => Promise<unknown>,
  ): Promise<{ creations: string[]; outcome: Promise<unknown> }> {
    const kafka = setup.bench.traced()
    const producer = await setup.bench.producer(kafka)
    const creations: string[] = []
    for (const text of texts) {
      const baggage = propagation.createBaggage({ text: { value: text } })
      await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
        producer.send({ topic: setup.bench.topic, messages: [{ value: text }] }),
      )
      creations.push(idOf(setup.recorder.spans.at(-1)) as string)
    }
    setup.recorder.clear()
    const handled = Promise.withResolvers<unknown>()
    const consumer = await setup.bench.run(kafka, {
      eachBatch: async ({ batch }) => {
        // kafkajs 2.0 hands out no `pause`.
        const pause = (): void => consumer.pause([{ topic: batch.topic }])
        try {
          handled.resolve(await handler(batch.messages, { batch, pause }))
        } catch (error) {
          handled.reject(error)
          throw error
        }
      },
    })
    return { creations, outcome: handled.promise }
  }

  it('runs its body in the context of the message that it is at, and nothing outlasts the loop', async () => {
    const seen: unknown[] = []
    let after: unknown
    const { creations, outcome } = await handle(['a', 'b'], async (messages) => {
      const before = trace.getActiveSpan()
      for (const message of messages) {
        await setTimeout(2)
        work(message)
        seen.push(propagation.getActiveBaggage()?.getEntry('text')?.value)
      }
      after = trace.getActiveSpan() === before
    })
    await outcome
    const [batch] = await setup.recorder.waitForAll(isBatch, 1)
    const handlings = setup.recorder.spans.filter(isMessage)
    const works = setup.recorder.spans.filter(isWork)
    expect(seen).toEqual(['a', 'b'])
    expect(after).toBe(true)
    expect(handlings.map((span) => span.parentSpanContext?.spanId)).toEqual([idOf(batch), idOf(batch)])
    expect(handlings.map((span) => span.links.map((link) => link.context.spanId))).toEqual(
      creations.map((creation) => [creation]),
    )
    expect(works.map((span) => span.parentSpanContext?.spanId)).toEqual(handlings.map(idOf))
  })

  it('gives a turn what starts in it, and the batch what starts later', async () => {
    const later: Promise<void>[] = []
    const { outcome } = await handle(['a', 'b'], async (messages) => {
      for (const message of messages) {
        work(message)
        later.push(setTimeout(20).then(() => work(message)))
      }
    })
    await outcome
    await Promise.all(later)
    const [batch] = await setup.recorder.waitForAll(isBatch, 1)
    const [a, b] = setup.recorder.spans.filter(isMessage).map(idOf)
    const parents = setup.recorder.spans.filter(isWork).map((span) => span.parentSpanContext?.spanId)
    expect(parents).toEqual([a, b, idOf(batch), idOf(batch)])
  })

  it('in a function that the handler waits for leaves the handler in the context of the batch', async () => {
    const { outcome } = await handle(['a', 'b'], async (messages) => {
      const before = trace.getActiveSpan()
      await handleAll(messages)
      return trace.getActiveSpan() === before
    })
    expect(await outcome).toBe(true)
    await setup.recorder.waitForAll(isMessage, 2)
  })

  it('makes no span for a message whose body asks for none', async () => {
    const { outcome } = await handle(['a', 'b'], async (messages) => {
      const texts = [...messages].map(textOf)
      for (const message of messages) texts.push(textOf(message))
      return texts
    })
    expect(await outcome).toEqual(['a', 'b', 'a', 'b'])
    await setup.recorder.waitForAll(isBatch, 1)
    expect(setup.recorder.spans.filter(isMessage)).toEqual([])
  })

  it('that ends in an error marks the message that it was at, and the batch', async () => {
    const error = new Error('no stock')
    const { outcome } = await handle(['a', 'b', 'c'], async (messages, { pause }) => {
      for (const message of messages) {
        work(message)
        if (textOf(message) !== 'b') continue
        pause()
        throw error
      }
    })
    await expect(outcome).rejects.toBe(error)
    const [batch] = await setup.recorder.waitForAll(isBatch, 1)
    const failures = setup.recorder.spans.filter(isMessage).map((span) => span.attributes['error.type'])
    expect(failures).toEqual([undefined, 'Error'])
    expect(batch?.attributes['error.type']).toBe('Error')
  })

  it('that is left early detaches what it attached', async () => {
    const { outcome } = await handle(['a', 'b'], async (messages) => {
      for (const message of messages) {
        work(message)
        break
      }
      const [first] = messages
      return [textOf(first), propagation.getActiveBaggage()]
    })
    expect(await outcome).toEqual(['a', undefined])
    await setup.recorder.waitForAll(isBatch, 1)
    expect(setup.recorder.spans.filter(isMessage)).toHaveLength(1)
  })

  it('sees the array that kafkajs made, with nothing on it once the handler is done', async () => {
    let batch: Batch | undefined
    const { outcome } = await handle(['a', 'b'], async (messages, payload) => {
      batch = payload.batch
      return [Array.isArray(messages), Object.keys(messages), messages.map(textOf), messages.length]
    })
    expect(await outcome).toEqual([true, ['0', '1'], ['a', 'b'], 2])
    await setup.recorder.waitForAll(isBatch, 1)
    expect(Reflect.ownKeys(batch!.messages)).toEqual(['0', '1', 'length'])
  })
})
