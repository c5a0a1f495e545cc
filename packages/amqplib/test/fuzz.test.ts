import { hold, recordAll, sentThrough, table, text } from '@flowstitch/fuzz'
import { sentFacts } from '@flowstitch/dialects/rabbitmq'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { headerSize, publishedIn, type Publication } from '../src/carrier.ts'

it('a message is published with all that its sender has put on it, within the room that there is', () => {
  const recorder = recordAll()
  onTestFinished(() => recorder.shutdown())
  const room = fc.constantFrom(0, 100, 3000, 64_512)
  hold(
    fc.property(table(fc.oneof(text, fc.array(text), table(text))), room, (own, bytes) => {
      const given: Publication = Object.freeze({
        exchange: 'events',
        routingKey: 'orders',
        content: Buffer.from('x'),
        options: Object.freeze({ headers: Object.freeze(own) }),
      })
      const facts = (): ReturnType<typeof sentFacts> => sentFacts('orders', given.options)
      const sent = sentThrough(recorder, publishedIn(bytes + 1024), given, facts)
      const kept = Object.entries(own).filter(([name]) => !/^(traceparent|tracestate)$/.test(name))
      for (const [name, value] of kept) expect(sent.options?.headers[name]).toBe(value)
      expect(sent === given || headerSize(sent.options) <= bytes).toBe(true)
    }),
  )
})
