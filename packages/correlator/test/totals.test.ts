import { hold } from '@flowstitch/fuzz'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { NumberList } from '../src/decode/growing.ts'
import { embeddedStore, memoryStore, openEngine, type DestinationReport } from '../src/index.ts'
import { News } from '../src/totals/news.ts'
import { placeOf } from '../src/totals/place.ts'
import { RowTable } from '../src/totals/row-table.ts'
import { batchStory } from './support/stories.ts'
import { withFolder } from './support/stores.ts'
import { engineWith, messaging, nanos, request, STORY_START_MS, traceId, type Told } from './support/story.ts'

const now = (): number => STORY_START_MS + 60_000

const order = (number: number, at = number): Told[] => [
  { id: `o${number}/send`, kind: 'producer', at, attributes: messaging('send', 'orders') },
  {
    id: `w${number}/process`,
    links: [`o${number}/send`],
    kind: 'consumer',
    at: at + 5,
    attributes: messaging('process', 'orders', { 'messaging.consumer.group.name': 'workers' }),
  },
]

const orders = (count: number, apart = 1): Told[] =>
  Array.from({ length: count }, (_, number) => order(number, number * apart)).flat()

describe('news of traces', () => {
  it('are handed out once each, those that were taken before not at all', () => {
    const news = new News()
    for (let n = 1; n <= 1000; n++) for (let times = 0; times < 2; times++) news.note(n, n * 7)
    expect([news.size, news.isOver, news.next()]).toEqual([1000, true, undefined])
    news.handOver()
    expect([news.take(5, 35), news.take(5, 35), news.take(5, 36)]).toEqual([true, false, false])
    const handedOut = Array.from({ length: 500 }, () => news.next()!)
    const [again] = handedOut as [[number, number]]
    news.note(...again)
    news.note(5, 35)
    for (let next = news.next(); next; next = news.next()) handedOut.push(next)
    expect([news.size, news.isOver]).toEqual([2, true])
    news.handOver()
    for (let next = news.next(); next; next = news.next()) handedOut.push(next)
    expect([news.size, news.isOver]).toEqual([0, false])
    expect(handedOut).toHaveLength(1001)
    expect(new Set(handedOut.map(([hi]) => hi)).size).toBe(1000)
  })
})

describe('the totals', () => {
  it('are corrected by whatever comes late', async () => {
    const engine = await openEngine({ store: memoryStore(), now })
    const [sent, got] = order(1) as [Told, Told]
    const states: Partial<DestinationReport>[] = []
    for (const told of [got, sent, { ...got, error: true }, { ...got, id: 'w2/process', at: 500 }, sent]) {
      await engine.ingest(request([told]), 'protobuf')
      const { destinations } = await engine.destinations()
      expect(destinations).toHaveLength(1)
      states.push(destinations[0]!)
    }
    expect(states).toMatchObject([
      { sent: 0, processed: 1, failed: 0, retried: 0 },
      { sent: 1, processed: 1, failed: 0, retried: 0 },
      { sent: 1, processed: expect.any(Number) as number, retried: 0 },
      { sent: 1, processed: 1, failed: 0, retried: 1 },
      { sent: 1, processed: 1, failed: 0, retried: 1 },
    ])
    await engine.close()
  })

  it('say what they leave out while they are behind', async () => {
    const engine = await engineWith(orders(300), { reportBudgetMs: 0 })
    const first = await engine.topology({})
    expect(first.complete).toBe(false)
    expect(first.waitingTraces).toBeGreaterThan(0)
    await vi.waitFor(async () => expect((await engine.destinations()).complete).toBe(true), {
      timeout: 15_000,
    })
    expect((await engine.destinations()).destinations).toMatchObject([{ sent: 300, processed: 300 }])
    await engine.close()
  })

  it('are made again where none were saved, newest first, and say how far they have come', () =>
    withFolder(async (directory) => {
      const before = await openEngine({
        store: await embeddedStore({ directory, segmentBytes: 20_000 }),
        now,
      })
      for (const told of [orders(400, 1000), batchStory(50)]) await before.ingest(request(told), 'protobuf')
      const answer = await before.destinations()
      const map = await before.topology({})
      await before.close()
      await rm(join(directory, 'checkpoint'))
      const store = await embeddedStore({ directory, segmentBytes: 20_000 })
      const after = await openEngine({ store, now, reportBudgetMs: 0 })
      const partly = await after.destinations()
      expect(partly.complete).toBe(false)
      expect(BigInt(partly.sinceUnixNano!)).toBeGreaterThan(BigInt(nanos(0)))
      await vi.waitFor(async () => expect((await after.destinations()).complete).toBe(true), {
        timeout: 15_000,
      })
      expect(await after.destinations()).toEqual(answer)
      expect(await after.topology({})).toEqual(map)
      await after.close()
    }))

  it('forget what retention has taken', async () => {
    const store = memoryStore({ maxBytes: 40_000, segmentBytes: 4_000 })
    const engine = await openEngine({ store, now, listBudgetMs: 60_000 })
    for (let number = 0; number < 400; number++) await engine.ingest(request(order(number)), 'protobuf')
    const kept = (await engine.flows({ limit: 500 })).flows.length
    expect(kept).toBeLessThan(300)
    await vi.waitFor(
      async () => {
        const { destinations } = await engine.destinations()
        expect(Math.abs(destinations[0]!.sent - kept)).toBeLessThan(5)
      },
      { timeout: 15_000 },
    )
    await engine.close()
  })

  it('go on with what came while somebody reads them', async () => {
    const engine = await engineWith(orders(200))
    const [first, , second] = await Promise.all([
      engine.destinations(),
      engine.ingest(request(orders(250).slice(400)), 'protobuf'),
      engine.topology({}),
    ])
    expect([first.complete, second.complete]).toEqual([true, true])
    expect((await engine.destinations()).destinations).toMatchObject([{ sent: 250, processed: 250 }])
    await engine.close()
  })
})

describe('the table of rows', () => {
  it('has what each unit was last given', () => {
    const write = fc.record({ unit: fc.nat(20), words: fc.array(fc.nat(0xffffffff), { maxLength: 9 }) })
    hold(
      fc.property(fc.array(write, { maxLength: 200 }), fc.integer({ min: 1, max: 400 }), (writes, times) => {
        const table = new RowTable()
        const expected = new Map<string, number[]>()
        for (const { unit, words } of writes)
          for (let round = 0; round < times; round += 40) {
            const list = new NumberList()
            for (const word of words) list.push(word)
            table.replace(traceId(`u${unit}`), list)
            expected.set(traceId(`u${unit}`), words)
          }
        const kept = [...expected.values()].filter((words) => words.length > 0)
        const rows = [...table.rows()].map((words) => JSON.stringify([...words]))
        expect(rows.sort()).toEqual(kept.map((words) => JSON.stringify(words)).sort())
        const ids = [...expected].flatMap(([id, words]) => (words.length > 0 ? id : []))
        expect([...table.ids()].map(({ traceId: id }) => id).sort()).toEqual(ids.sort())
      }),
    )
  })

  it('does not grow although its units change over and over', () => {
    const table = new RowTable()
    for (let round = 0; round < 20_000; round++) {
      const words = new NumberList()
      for (let word = 0; word <= round % 40; word++) words.push(round)
      table.replace(traceId(`u${round % 10}`), words)
    }
    expect(table.words).toBeLessThan(200_000)
    expect([...table.rows()]).toHaveLength(10)
  })
})

describe('a place in a log', () => {
  it.each([
    ['kafka/orders/3/1842', 'kafka/orders/3', 1842],
    ['nats/ORDERS/77', 'nats/ORDERS', 77],
    ['redis/audit/1700000000000-2', 'redis/audit', 1_700_000_000_000_002],
    ['aws.sqs/orders/41', undefined, 0],
    ['bullmq/mail/12', undefined, 0],
    [undefined, undefined, 0],
  ])('is read from %s', (coordinate, log, position) => {
    expect(placeOf(coordinate)).toEqual({ ...(log && { log }), position })
  })
})
