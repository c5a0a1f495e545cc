import { describe, expect, it } from 'vitest'
import type { DestinationReport, Engine } from '../src/index.ts'
import { engineWith, messaging, nanos, STORY_START_MS, traceId, type Told } from './support/story.ts'

const HOUR = 3_600_000
const later = { now: () => STORY_START_MS + HOUR }

const sent = (offset: number, more: Partial<Told> = {}): Told => ({
  id: `m${offset}/send`,
  kind: 'producer',
  at: offset,
  attributes: at('send', offset),
  ...more,
})

const got = (offset: number, group = 'workers', more: Partial<Told> = {}): Told => ({
  id: `${group}${offset}/process`,
  links: [`m${offset}/send`],
  kind: 'consumer',
  at: 1000 + offset,
  attributes: { ...at('process', offset), 'messaging.consumer.group.name': group },
  ...more,
})

function at(type: 'send' | 'process', offset: number): Told['attributes'] & object {
  return messaging(type, 'orders', { 'kafka.offset': offset, 'messaging.destination.partition.id': '0' })
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

async function reportOf(engine: Engine): Promise<DestinationReport> {
  const { destinations, complete } = await engine.destinations()
  expect(complete).toBe(true)
  expect(destinations).toHaveLength(1)
  return destinations[0]!
}

describe('a message that nobody got', () => {
  it('is lost where its group has read past it and otherwise reports everything', async () => {
    const told = range(30).flatMap((offset) => (offset === 12 ? [sent(12)] : [sent(offset), got(offset)]))
    const engine = await engineWith(told, later)
    expect(await reportOf(engine)).toMatchObject({
      sent: 30,
      processed: 29,
      lost: 1,
      inFlight: 0,
      reasons: { acknowledged: 1, 'read-past': 1, 'consumer-telemetry-whole': 1 },
      groups: [{ consumerGroup: 'workers', sent: 30, processed: 29, lost: 1 }],
    })
    expect(await engine.flow(traceId('m12'))).toMatchObject({
      state: 'failed',
      messages: [{ state: 'lost', reasons: ['acknowledged', 'read-past', 'consumer-telemetry-whole'] }],
    })
  })

  it('is unknown where the telemetry of its group has gaps', async () => {
    const told = range(30).flatMap((offset) =>
      offset % 3 === 1 ? [sent(offset)] : [sent(offset), got(offset)],
    )
    const engine = await engineWith(told, later)
    expect(await reportOf(engine)).toMatchObject({
      processed: 20,
      lost: 0,
      unknown: 10,
      inFlight: 0,
      reasons: { 'read-past': 10, 'consumer-telemetry-gaps': 10 },
    })
    expect((await engine.flow(traceId('m13')))?.state).toBe('quiet')
  })

  it('is unknown where its consumers say that they sample', async () => {
    const told = range(30).flatMap((offset) =>
      offset === 12 ? [sent(12)] : [sent(offset), got(offset, 'workers', { state: 'ot=rv:ff;th:8' })],
    )
    expect(await reportOf(await engineWith(told, later))).toMatchObject({
      lost: 0,
      unknown: 1,
      reasons: { 'consumer-sampled': 1 },
    })
  })

  it('may be on its way for a while after its group has read past it', async () => {
    const told = range(30).flatMap((offset) => (offset === 12 ? [sent(12)] : [sent(offset), got(offset)]))
    const report = await reportOf(await engineWith(told, { now: () => STORY_START_MS + 2000 }))
    expect(report).toMatchObject({ lost: 0, inFlight: 1, reasons: { 'telemetry-may-come': 1 } })
  })

  it('waits where its group has not come to it, and its flow is stalled after a while', async () => {
    const told = [...range(3).flatMap((offset) => [sent(offset), got(offset)]), sent(3), sent(4)]
    const engine = await engineWith(told, later)
    expect(await reportOf(engine)).toMatchObject({
      inFlight: 2,
      oldestInFlightUnixNano: nanos(3),
      reasons: { 'not-read-yet': 2 },
    })
    expect((await engine.flow(traceId('m3')))?.state).toBe('stalled')
    const soon = await engineWith(told, { now: () => STORY_START_MS + 2000 })
    await soon.destinations()
    expect((await soon.flow(traceId('m3')))?.state).toBe('active')
  })

  it('does not stall its flow where no consumer has ever reported anything', async () => {
    const engine = await engineWith([sent(0)], later)
    expect(await reportOf(engine)).toMatchObject({ inFlight: 1, reasons: { 'no-consumer-telemetry': 1 } })
    expect(await engine.flow(traceId('m0'))).toMatchObject({
      state: 'quiet',
      messages: [{ state: 'in-flight', reasons: ['no-consumer-telemetry'] }],
    })
  })

  it('is counted for each group that reads the destination, from where that began', async () => {
    const told = range(30).flatMap((offset) => {
      const billing = offset >= 10 && offset !== 20 ? [got(offset, 'billing')] : []
      return [sent(offset), got(offset), ...billing]
    })
    const { groups, ...all } = await reportOf(await engineWith(told, later))
    expect(all).toMatchObject({ sent: 30, processed: 30, lost: 0 })
    expect(groups).toMatchObject([
      { consumerGroup: 'billing', sent: 20, processed: 19, lost: 1 },
      { consumerGroup: 'workers', sent: 30, processed: 30, lost: 0 },
    ])
  })

  it('is not waited for where its sending failed', async () => {
    const told = [sent(0), got(0), sent(1, { error: true })]
    const report = await reportOf(await engineWith(told, later))
    expect(report).toMatchObject({ sent: 2, processed: 1, failed: 1, inFlight: 0 })
    expect(report.groups).toMatchObject([{ sent: 1, inFlight: 0 }])
  })
})

describe('the groups of a destination', () => {
  it('say what was retried and what went on as a dead letter', async () => {
    const dead = (offset: number): Told[] => [
      sent(offset),
      got(offset, 'workers', { error: true }),
      {
        id: `dead${offset}/process`,
        links: [`m${offset}/send`],
        kind: 'consumer',
        at: 5000,
        attributes: messaging('process', 'orders.dlq', { 'flowstitch.dead_letter.source': 'orders' }),
      },
    ]
    const again: Told = got(1, 'workers', { id: 'again/process', at: 4000 })
    const told = [...dead(0), sent(1), got(1, 'workers', { error: true }), again, sent(2), got(2)]
    const report = await reportOf(await engineWith(told, later))
    expect(report).toMatchObject({ sent: 3, processed: 2, deadLettered: 1, retried: 1 })
    expect(report.groups).toMatchObject([
      { consumerGroup: 'workers', sent: 3, processed: 2, deadLettered: 1, retried: 1 },
    ])
  })

  it('are the queues where groups have no names', async () => {
    const fanOut = (queue: string): Told => ({
      id: `${queue}/process`,
      links: ['p/send'],
      kind: 'consumer',
      at: 9,
      attributes: { ...messaging('process', `ex:rk:${queue}`), 'messaging.system.name': 'rabbitmq' },
    })
    const send: Told = {
      id: 'p/send',
      kind: 'producer',
      attributes: { ...messaging('send', 'ex:rk'), 'messaging.system.name': 'rabbitmq' },
    }
    const { groups } = await reportOf(await engineWith([send, fanOut('mail'), fanOut('audit')]))
    expect(groups.map((group) => [group.consumerGroup, group.processed])).toEqual([
      ['ex:rk:audit', 1],
      ['ex:rk:mail', 1],
    ])
  })
})
