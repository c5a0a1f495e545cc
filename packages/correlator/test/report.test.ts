import { describe, expect, it } from 'vitest'
import { batchStory, createStory, retryStory } from './support/stories.ts'
import { engineWith, messaging, nanos, STORY_START_MS, type Told } from './support/story.ts'

describe('the topology', () => {
  it('has services, destinations and groups, and what moves between them', async () => {
    const engine = await engineWith(batchStory(10))
    const topology = await engine.topology({})
    expect(topology.nodes.map((node) => node.id)).toEqual([
      'consumer-group:kafka/workers',
      'destination:kafka/orders',
      'service:shop',
      'service:worker',
    ])
    expect(topology.edges).toMatchObject([
      { from: 'consumer-group:kafka/workers', to: 'service:worker', count: 10, errorCount: 0 },
      { from: 'destination:kafka/orders', to: 'consumer-group:kafka/workers', count: 10 },
      { from: 'service:shop', to: 'destination:kafka/orders', count: 10 },
    ])
    const dwell = topology.edges[1]!.dwellMs!
    expect(dwell.p50).toBeGreaterThan(970)
    expect(dwell.p99).toBeLessThan(1020)
  })

  it('counts failed attempts as errors', async () => {
    const engine = await engineWith(retryStory([false, false, true]))
    const { edges } = await engine.topology({})
    expect(edges).toContainEqual(
      expect.objectContaining({
        from: 'destination:rabbitmq/payments',
        to: 'service:payments',
        count: 3,
        errorCount: 2,
      }),
    )
  })

  it('covers the time that it is asked for', async () => {
    const engine = await engineWith(batchStory(10))
    expect((await engine.topology({ since: BigInt(nanos(3_600_000)) })).nodes).toEqual([])
    expect((await engine.topology({ until: BigInt(nanos(0)) })).nodes).toEqual([])
    const sent = await engine.topology({ until: BigInt(nanos(500)) })
    expect(sent.edges).toMatchObject([{ to: 'destination:kafka/orders', count: 10 }])
  })

  it('draws calls between services', async () => {
    const engine = await engineWith([
      { id: 'a/call', service: 'shop', kind: 'client', for: 5 },
      { id: 'a/serve', parent: 'a/call', service: 'stock', kind: 'server', at: 1 },
    ])
    expect((await engine.topology({})).edges).toEqual([
      { from: 'service:shop', to: 'service:stock', count: 1, errorCount: 0 },
    ])
  })
})

describe('the destinations', () => {
  it('say what became of their messages', async () => {
    const stuck: Told = { id: 'x/send', kind: 'producer', at: 5, attributes: messaging('send', 'stuck') }
    const engine = await engineWith([...createStory(), ...retryStory([false, true]), stuck])
    expect(await engine.destinations()).toEqual({
      complete: true,
      destinations: [
        report('kafka', 'parcels', { sent: 3, processed: 3 }, 'workers'),
        report('kafka', 'stuck', {
          sent: 1,
          inFlight: 1,
          oldestInFlightUnixNano: nanos(5),
          reasons: { 'no-consumer-telemetry': 1 },
        }),
        report('rabbitmq', 'payments', { sent: 1, processed: 1, retried: 1 }, 'payments'),
      ],
    })
  })

  it('count each message once, however many flows share its batch', async () => {
    const engine = await engineWith(batchStory(5))
    expect((await engine.destinations()).destinations).toEqual([
      report('kafka', 'orders', { sent: 5, processed: 5 }, 'workers'),
    ])
  })

  it('know messages whose sender is unknown', async () => {
    const engine = await engineWith(batchStory(3).filter((span) => span.id.startsWith('batch/')))
    expect((await engine.destinations()).destinations).toEqual([
      report('kafka', 'orders', { processed: 3 }, 'workers'),
    ])
  })

  it('put the attempts of a message together although its sender is unknown', async () => {
    const engine = await engineWith(retryStory([false, false, true]).slice(2))
    expect((await engine.destinations()).destinations).toEqual([
      report('rabbitmq', 'payments', { processed: 1, retried: 1 }, 'payments'),
    ])
  })

  it('stay honest about the time of the oldest message that waits', async () => {
    const told = [30, 10, 20].map((at): Told => ({
      id: `m${at}/send`,
      kind: 'producer',
      at,
      attributes: messaging('send', 'q'),
    }))
    const engine = await engineWith(told, { now: () => STORY_START_MS })
    expect((await engine.destinations()).destinations).toMatchObject([
      { inFlight: 3, oldestInFlightUnixNano: nanos(10) },
    ])
  })
})

/** @param group the one group that reads the destination, with the same counts */
function report(system: string, destination: string, counts: object, group?: string): object {
  const all = {
    sent: 0,
    processed: 0,
    failed: 0,
    inFlight: 0,
    retried: 0,
    deadLettered: 0,
    lost: 0,
    unknown: 0,
    reasons: {},
    ...counts,
  }
  return {
    system,
    destination,
    ...all,
    groups: group === undefined ? [] : [{ consumerGroup: group, ...all }],
  }
}
