import { describe, expect, it } from 'vitest'
import { nameAt, nameOf } from '../src/names/lookup.ts'
import { coordinateOf, destinationOf, operationOf, systemOf } from '../src/names/messaging.ts'
import { NAMES, OPERATIONS, SYSTEMS, type Concept } from '../src/names/table.ts'
import { engineWith, messaging, traceId, type Attributes } from './support/story.ts'

const rows = (Object.entries(NAMES) as [Concept, readonly string[]][]).flatMap(([concept, names]) =>
  names.map((name): [string, Concept] => [name, concept]),
)

describe('names', () => {
  it.each(rows)('%s is the %s', (name, concept) => {
    const bytes = Buffer.from(`..${name}..`)
    expect(nameAt(bytes, 2, 2 + name.length)?.concept).toBe(concept)
    expect(nameOf(name)?.concept).toBe(concept)
  })

  it('are each of one concept only', () => {
    expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length)
  })

  it.each(['messaging.systen', 'messaging.syste', 'messaging.system.', '', 'x'])('%j is none', (name) => {
    expect(nameAt(Buffer.from(name), 0, name.length)).toBeUndefined()
  })

  it('of a newer generation win over older ones on the same span', async () => {
    const both: [string, string][] = [
      ['messaging.destination', 'old'],
      ['messaging.destination.name', 'new'],
    ]
    for (const order of [both, both.toReversed()]) {
      const attributes: Attributes = { 'messaging.system': 'kafka', ...Object.fromEntries(order) }
      const engine = await engineWith([{ id: 'a/send', kind: 'producer', attributes }])
      expect((await engine.flow(traceId('a')))?.steps[0]).toMatchObject({
        destination: 'new',
        operation: 'send',
      })
    }
  })
})

describe('values', () => {
  it.each([...SYSTEMS])('the system %s is %s', (written, meant) => {
    expect(systemOf({ system: written })).toBe(meant)
  })

  it('of a system that nobody knows stay as they are', () => {
    expect(systemOf({ system: 'zeromq' })).toBe('zeromq')
  })

  it.each([...OPERATIONS])('the operation %s is %s', (written, meant) => {
    expect(operationOf({ operationType: written }, 0)).toBe(meant)
  })

  it.each([
    [4, 'send'],
    [5, 'process'],
    [3, undefined],
    [1, undefined],
  ])('a messaging span of kind %i that names no operation is %s', (kind, meant) => {
    expect(operationOf({ system: 'rabbitmq' }, kind)).toBe(meant)
  })

  it('of spans that are no messaging have no operation', () => {
    expect(operationOf({}, 4)).toBeUndefined()
  })

  it.each([
    [{ destination: 'q' }, 'q'],
    [{ queueUrl: 'https://sqs.eu-central-1.amazonaws.com/1234/shipping' }, 'shipping'],
    [{ topicArn: 'arn:aws:sns:eu-central-1:1234:orders' }, 'orders'],
    [{}, undefined],
  ])('%j goes to %s', (facts, destination) => {
    expect(destinationOf(facts)).toBe(destination)
  })

  it.each([
    [{ system: 'kafka', destination: 'orders', partition: '3', offset: 1842 }, 'kafka/orders/3/1842'],
    [{ system: 'kafka', destination: 'orders', partition: 3, offset: '1842' }, 'kafka/orders/3/1842'],
    [{ system: 'kafka', destination: 'orders', partition: 0, offset: 0 }, 'kafka/orders/0/0'],
    [{ system: 'kafka', destination: 'orders', partition: 0 }, undefined],
    [{ system: 'nats', natsStream: 'ORDERS', natsSequence: 77 }, 'nats/ORDERS/77'],
    [{ system: 'AmazonSQS', destination: 'shipping', messageId: 'a-1' }, 'aws.sqs/shipping/a-1'],
    [{ system: 'rabbitmq', destination: 'q', messageId: 'a-1' }, undefined],
    [{ coordinate: 'redis/audit/1-0', system: 'redis' }, 'redis/audit/1-0'],
  ])('%j is at %s', (facts, coordinate) => {
    expect(coordinateOf(facts)).toBe(coordinate)
  })

  it('of 64 bits keep all their digits', async () => {
    const big = '9007199254740993'
    const attributes = messaging('send', 'q', {
      'messaging.destination.partition.id': '0',
      'kafka.offset': big,
    })
    const engine = await engineWith([{ id: 'a/send', kind: 'producer', attributes }])
    expect(await engine.messages({ coordinate: `kafka/q/0/${big}` })).toHaveLength(1)
  })
})
