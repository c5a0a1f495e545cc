import { randomBytes } from 'node:crypto'

/** When an order was taken, and which of its three consumers reported that they got it. */
export interface TakenOrder {
  traceId: string
  takenMs: number
  consumers: readonly string[]
}

export const consumers: readonly string[] = ['billing', 'mailer', 'stock']

export function takenOrder(takenMs: number, by: readonly string[] = consumers): TakenOrder {
  return { traceId: randomBytes(16).toString('hex'), takenMs, consumers: by }
}

/** Orders as the services export them: OTLP/JSON, each consumer's work in a trace of its own. */
export function ordersRequest(orders: readonly TakenOrder[]): string {
  return JSON.stringify({ resourceSpans: orders.flatMap(spansOf) })
}

function spansOf({ traceId, takenMs, consumers: by }: TakenOrder): object[] {
  const [post, send] = [id(), id()]
  const sent = attributes({ ...orders, 'messaging.operation.type': 'send' })
  return [
    span('shop', { traceId, spanId: post, name: 'POST /orders', kind: 2 }, takenMs),
    span(
      'shop',
      { traceId, spanId: send, parentSpanId: post, name: 'send orders', kind: 4, attributes: sent },
      takenMs + 1,
    ),
    ...by.map((service, index) => {
      const group = {
        ...orders,
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': service,
      }
      const own = { traceId: randomBytes(16).toString('hex'), spanId: id(), name: 'process orders', kind: 5 }
      const links = [{ traceId, spanId: send }]
      return span(service, { ...own, links, attributes: attributes(group) }, takenMs + 10 * (index + 1))
    }),
  ]
}

const orders = { 'messaging.system.name': 'kafka', 'messaging.destination.name': 'orders' }

function span(service: string, fields: object, startMs: number): object {
  const [startTimeUnixNano, endTimeUnixNano] = [startMs, startMs + 5].map((ms) => `${ms}000000`)
  const spans = [{ ...fields, startTimeUnixNano, endTimeUnixNano }]
  return { resource: { attributes: attributes({ 'service.name': service }) }, scopeSpans: [{ spans }] }
}

function attributes(of: Record<string, string>): object[] {
  return Object.entries(of).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

function id(): string {
  return randomBytes(8).toString('hex')
}
