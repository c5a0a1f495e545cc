import * as names from '@flowstitch/core/semconv'
import { describe, expect, it } from 'vitest'
import { deferred, isProcess, isSend, setUp } from './support.ts'

describe('a message that is sent on', () => {
  const setup = setUp()

  it('by way of a retry topic to a dead-letter topic stays the message that it was', async () => {
    const { bench, recorder } = setup
    const { topic } = bench
    const [retry, dead] = [`${topic}-retry`, `${topic}-dlt`]
    for (const other of [retry, dead]) await bench.createTopic(other)
    const kafka = bench.traced()
    const producer = await bench.producer(kafka)
    const done = deferred()
    const next: Record<string, string> = { [topic]: retry, [retry]: dead }
    await bench.run(
      kafka,
      {
        // What a program has to do: send the message on with the headers that it came with, and add whose copy it is.
        eachMessage: async ({ topic: from, partition, message }) => {
          const to = next[from]
          if (to === undefined) return done.resolve()
          const { key, value, headers, offset } = message
          const lost = Number(String(headers?.['retry_topic-attempts'] ?? 1))
          const original = {
            'kafka_original-topic': from,
            'kafka_original-partition': String(partition),
            'kafka_original-offset': offset,
            ...headers,
          }
          const more = { 'retry_topic-attempts': String(lost + 1), 'kafka_exception-fqcn': 'Boom' }
          await producer.send({ topic: to, messages: [{ key, value, headers: { ...original, ...more } }] })
        },
      },
      { topics: [topic, retry, dead] },
    )
    await producer.send({ topic, messages: [{ value: '1' }] })
    await done.promise
    const handled = await recorder.waitForAll(isProcess, 3)
    const [sent] = recorder.spans.filter(isSend)
    for (const { links } of handled) expect(links[0]?.context.spanId).toBe(sent?.spanContext().spanId)
    const told = [
      names.FLOWSTITCH_MESSAGE_ATTEMPT,
      names.FLOWSTITCH_MESSAGE_ORIGINAL,
      names.FLOWSTITCH_DEAD_LETTER_SOURCE,
      names.FLOWSTITCH_RELATION_REASON,
    ]
    expect(handled.map(({ attributes }) => told.map((name) => attributes[name]))).toEqual([
      [undefined, undefined, undefined, 'single'],
      [2, `kafka/${topic}/0/0`, undefined, 'redelivery'],
      [undefined, `kafka/${topic}/0/0`, topic, 'dead-letter'],
    ])
  })
})
