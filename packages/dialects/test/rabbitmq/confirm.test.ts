import type { Carrier, SendOperation } from '@flowstitch/core'
import * as names from '@flowstitch/core/semconv'
import { expect, test } from 'vitest'
import {
  Confirming,
  headerCarrier,
  producerDestination,
  Returns,
  sentFacts,
  type OnReturn,
  type StopWatching,
} from '../../src/rabbitmq/index.ts'
import { message, openBench, type Bench, type Flat } from './support.ts'

const carrier: Carrier<Flat> = {
  ...headerCarrier(({ headers }) => headers),
  with: (one, fields) => ({ ...one, headers: { ...one.headers, ...fields } }),
}

/** A channel that gives back what it is told to. */
class Returning {
  readonly returns: Returns
  readonly listeners: OnReturn[] = []
  constructor() {
    this.returns = new Returns((heard) => void this.listeners.push(heard))
  }
  watch = (message: Flat): StopWatching => this.returns.watch(message, message)
  giveBack(message: Flat): void {
    for (const listener of this.listeners) listener(message, message)
  }
}

function operationOf({ channel }: Bench, one: Flat): SendOperation<Flat> {
  const destination = producerDestination('', one.routingKey, channel.kernel.temporary)
  const facts = (): ReturnType<typeof sentFacts> => sentFacts(one.routingKey, one)
  return { name: 'publish', destination, batch: false, messages: [one], carrier, facts }
}

const errorTypes = ({ recorder }: Bench): unknown[] =>
  recorder.spans.map(({ attributes }) => attributes[names.ERROR_TYPE])

test('a sending lasts until the broker has confirmed it, or refused', () => {
  const bench = openBench()
  for (const refused of [false, true]) {
    const confirming = new Confirming(bench.channel.kernel, operationOf(bench, message(1)), undefined)
    expect(confirming.run(() => typeof confirming.message.headers?.['traceparent'])).toBe('string')
    expect(bench.recorder.open).toBe(1)
    if (refused) confirming.fail('refused')
    else confirming.succeed()
  }
  expect(errorTypes(bench)).toEqual([undefined, 'nack'])
})

test('a message that came back before has reached no queue, and only that one', () => {
  const bench = openBench()
  const broker = new Returning()
  const sent: Flat[] = []
  const all = [1, 2, 3].map((tag) => {
    const operation = operationOf(bench, message(tag))
    const confirming = new Confirming(bench.channel.kernel, operation, broker.watch)
    confirming.run(() => void sent.push(confirming.message))
    return confirming
  })
  expect(broker.listeners).toHaveLength(1)
  broker.giveBack(sent[1]!)
  broker.giveBack(message(1, { headers: { traceparent: { '!': 'string', value: 1 } } }))
  all[0]?.succeed()
  all[1]?.succeed()
  broker.giveBack(sent[2]!)
  all[2]?.fail('refused')
  expect(errorTypes(bench)).toEqual([undefined, 'NO_ROUTE', 'NO_ROUTE'])
})

test('of messages that nothing tells apart, those have failed that came back, the oldest first', () => {
  const bench = openBench()
  const broker = new Returning()
  const stops = ['nowhere', 'somewhere', 'nowhere', 'nowhere'].map((routingKey) =>
    broker.watch(message(1, { routingKey })),
  )
  for (const _ of [1, 2]) broker.giveBack(message(1, { routingKey: 'nowhere' }))
  broker.giveBack(message(1, { routingKey: 'nowhere', exchange: 'another' }))
  expect(stops.map((stop) => stop())).toEqual([true, false, true, false])
  broker.giveBack(message(1, { routingKey: 'nowhere' }))
  expect(stops.map((stop) => stop())).toEqual([true, false, true, false])
  expect(bench.recorder.spans).toHaveLength(0)
})

test('a message that has come back is told from others by its id', () => {
  const broker = new Returning()
  const flights = ['a', 'b', undefined].map((messageId) => ({ ...message(1), messageId }))
  const stops = flights.map((one) => broker.watch(one))
  broker.giveBack(flights[1]!)
  expect(stops.map((stop) => stop())).toEqual([false, true, false])
})

test('nobody listens for what is not mandatory', () => {
  const bench = openBench()
  const broker = new Returning()
  new Confirming(bench.channel.kernel, operationOf(bench, message(1)), undefined).succeed()
  expect(broker.listeners).toHaveLength(0)
})
