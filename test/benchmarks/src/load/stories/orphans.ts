import { keyOf, LOAD_START_MS, MS } from '../span.ts'
import type { Story } from './story.ts'

/**
 * A service in the middle exports nothing. The flow context that it hands on says to which flow the rest
 * belongs; what lies between is not known, and the message into it looks as if nobody got it.
 */
export const silentService: Story = (teller, at) => {
  const origin = teller.origin('shop', at, at + 8 * MS)
  teller.send(origin, { system: 'rabbitmq', destination: 'to-the-silent', at: at + 2 * MS })
  const [flow] = teller.flowsOf(origin)
  const start = (LOAD_START_MS + at / MS).toString(36)
  const sent = (LOAD_START_MS + at / MS + 40).toString(36)
  const from = at + 600 * MS
  const lost = { traceId: teller.random.hex(4), spanId: teller.random.hex(2) }
  const step = teller.aside(teller.random.hex(4), {
    service: 'ledger',
    name: 'process from-the-silent',
    kind: 'consumer',
    from,
    to: from + 25 * MS,
    links: [{ ...lost, state: `flowstitch=1-${origin.traceId}-${start}-${sent}-2` }],
    attributes: {
      'messaging.system.name': 'rabbitmq',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'from-the-silent',
    },
  })
  teller.join(step, [flow!])
  flow!.edge(origin, step, 'flow-context')
  flow!.messages.push({
    key: keyOf(lost),
    attempts: [{ group: '', number: 1, step, outcome: 'succeeded' }],
    state: 'processed',
  })
  teller.waits(step, 'unknown', from - origin.to)
  teller.child(step, { name: 'book', kind: 'client', from: from + 2 * MS, to: from + 9 * MS })
}
