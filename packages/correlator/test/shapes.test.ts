import { describe, expect, it, vi } from 'vitest'
import { memoryStore, openEngine, type Engine, type Flow, type ShapeReports } from '../src/index.ts'
import { CONSUMERS, everybody, order, orders, type Consumer } from './support/shops.ts'
import { flowState, nanos, ref, request, STORY_START_MS, traceId, type Told } from './support/story.ts'

/** A while after everything. */
const LATER = STORY_START_MS + 1e7
const allBut = (consumer: Consumer): Consumer[] => everybody.filter((other) => other !== consumer)

async function engineAt(told: readonly Told[], now: number | (() => number) = LATER): Promise<Engine> {
  const engine = await openEngine({
    store: memoryStore(),
    now: typeof now === 'number' ? () => now : now,
    // However busy the machine is.
    listBudgetMs: 60_000,
    reportBudgetMs: 60_000,
  })
  await engine.ingest(request(told), 'protobuf')
  return engine
}

async function shapesOf(engine: Engine): Promise<ShapeReports> {
  const shapes = await engine.shapes({ limit: 50 })
  expect(shapes.complete).toBe(true)
  return shapes
}

/** The flow of an order, once all has been learned from. */
async function flowOf(engine: Engine, name: string): Promise<Flow> {
  await shapesOf(engine)
  return (await engine.flow(traceId(name)))!
}

describe('the shapes', () => {
  it('say what flows of one origin do, how often and for how long', async () => {
    const engine = await engineAt(orders(40))
    const { origins } = await shapesOf(engine)
    const about = (value: number): number => expect.closeTo(value, -0.5) as number
    expect(origins).toMatchObject([
      {
        service: 'shop',
        name: 'POST /orders',
        flows: 40,
        shapes: [
          { flows: 40, failed: 0, truncated: 0, rare: false, durationMs: { p50: about(61), p99: about(61) } },
        ],
      },
    ])
    const { id, steps, newestFlowIds } = origins[0]!.shapes[0]!
    expect(steps.map(({ service, kind, name, after }) => [service, kind, name, after])).toEqual([
      ['shop', 'server', 'POST /orders', []],
      ['shop', 'send', 'orders', [0]],
      ...everybody.toSorted().map((consumer) => [consumer, 'process', 'orders', [1]]),
    ])
    expect(newestFlowIds).toEqual([39, 38, 37].map((number) => traceId(`o${number}`)))
    expect(await engine.flow(traceId('o7'))).toMatchObject({
      shape: id,
      shapeFrequency: { flows: 40, ofFlows: 40, rare: false },
    })
    await engine.close()
  })

  it('are what lists can be filtered by, and the seldom ones are called rare', async () => {
    const engine = await engineAt([...orders(100), ...order('odd', { consumers: allBut('mail') })])
    const [{ shapes }] = (await shapesOf(engine)).origins as [ShapeReports['origins'][0]]
    expect(shapes).toMatchObject([
      { flows: 100, rare: false },
      { flows: 1, rare: true, newestFlowIds: [traceId('odd')] },
    ])
    const { flows } = await engine.flows({ limit: 50, shape: shapes[1]!.id })
    expect(flows.map(({ id }) => id)).toEqual([traceId('odd')])
    await engine.close()
  })

  it('tell those that failed apart from those that did not', async () => {
    const failed = order('bad', { at: 50_000 }).map((span) =>
      span.id === 'bad-mail/process' ? { ...span, error: true } : span,
    )
    const engine = await engineAt([...orders(30), ...failed])
    expect((await shapesOf(engine)).origins).toMatchObject([
      { flows: 31, shapes: [{ flows: 31, failed: 1 }] },
    ])
    await engine.close()
  })

  it('leave out flows in which something may still happen', async () => {
    let now = STORY_START_MS + 40_000
    const engine = await engineAt([...orders(30), ...order('new', { at: 35_000 })], () => now)
    expect((await shapesOf(engine)).origins[0]!.flows).toBeLessThan(12)
    expect(await engine.flow(traceId('new'))).not.toHaveProperty('shapeFrequency')
    now += 60_000
    expect((await shapesOf(engine)).origins[0]!.flows).toBe(31)
    await engine.close()
  })

  it('are learned anew where a step leaves a flow that it was in by its context alone', async () => {
    const root = (id: string, more: Partial<Told> = {}): Told => ({ id, kind: 'server', ...more })
    const engine = await engineAt([
      root('a/root'),
      root('b/root', { links: ['a/root'] }),
      root('c/root', { links: ['late/root'], state: flowState('b') }),
    ])
    const sizes = async (): Promise<[string, number][]> =>
      (await shapesOf(engine)).origins.map(({ name, shapes }) => [name, Math.round(shapes[0]!.stepCount.p50)])
    expect(await sizes()).toEqual([['a/root', 3]])
    await engine.ingest(request([root('late/root')]), 'protobuf')
    expect(await sizes()).toEqual([
      ['a/root', 2],
      ['late/root', 2],
    ])
    await engine.close()
  })

  it('forget a flow that only a replaced report of a step has named', async () => {
    const step: Told = { id: 'a/step', parent: 'a/lost', kind: 'server', state: flowState('b') }
    const engine = await engineAt([step])
    expect((await shapesOf(engine)).origins).toHaveLength(1)
    await engine.ingest(request([{ ...step, name: 'renamed', state: '', for: 10 }]), 'protobuf')
    expect((await shapesOf(engine)).origins.map(({ name }) => name)).toEqual(['renamed'])
    await engine.close()
  })

  it('come in pages, in the order of services and names', async () => {
    const names = ['GET /a', 'GET /b', 'POST /a']
    const engine = await engineAt(
      names.map((name, index): Told => ({ id: `r${index}/root`, name, kind: 'server' })),
    )
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await engine.shapes({ limit: 2, ...(cursor && { cursor }) })
      found.push(...page.origins.map(({ name }) => name))
      cursor = page.cursor
    } while (cursor)
    expect(found).toEqual(names)
    expect((await engine.shapes({ limit: 9, name: 'GET /b' })).origins).toHaveLength(1)
    expect((await engine.shapes({ limit: 9, service: 'other' })).origins).toEqual([])
    await engine.close()
  })

  it('forget what retention has taken', async () => {
    const engine = await openEngine({
      store: memoryStore({ maxBytes: 60_000, segmentBytes: 6000 }),
      now: () => LATER,
      listBudgetMs: 60_000,
      reportBudgetMs: 60_000,
    })
    for (let number = 0; number < 200; number++)
      await engine.ingest(request(order(`o${number}`, { at: number * 1000 })), 'protobuf')
    const kept = (await engine.flows({ limit: 500, service: 'shop' })).flows.length
    expect(kept).toBeLessThan(150)
    await vi.waitFor(
      async () => {
        const shop = (await shapesOf(engine)).origins.find(({ service }) => service === 'shop')
        expect(Math.abs(shop!.flows - kept)).toBeLessThan(5)
      },
      { timeout: 15_000 },
    )
    await engine.close()
  })
})

describe('a missing step', () => {
  it('is told with what it should have come after, and since when it is overdue', async () => {
    const engine = await engineAt([...orders(40), ...order('odd', { at: 50_000, consumers: allBut('mail') })])
    const flow = await flowOf(engine, 'odd')
    expect(flow.missing).toEqual([
      {
        service: 'mail',
        kind: 'process',
        name: 'orders',
        system: 'kafka',
        consumerGroup: 'mail',
        after: ref('odd/send'),
        flows: 40,
        ofFlows: 41,
        usualMs: { p50: expect.closeTo(19, 0) as number, p99: expect.closeTo(19, 0) as number },
        overdueSinceUnixNano: expect.any(String) as string,
      },
    ])
    const due = 50_000 + CONSUMERS.mail
    const difference = BigInt(flow.missing![0]!.overdueSinceUnixNano) - BigInt(nanos(due))
    expect(Math.abs(Number(difference) / 1e6)).toBeLessThan(0.5)
    expect((await engine.flows({ limit: 1 })).flows).toMatchObject([{ id: flow.id, missingCount: 1 }])
    expect(await flowOf(engine, 'o3')).not.toHaveProperty('missing')
    await engine.close()
  })

  it('is not missing before telemetry of it has had time to come, nor once it is there', async () => {
    let now = STORY_START_MS + 50_100
    const odd = order('odd', { at: 50_000 })
    const late = odd.filter(({ id }) => id.startsWith('odd-mail'))
    const engine = await engineAt([...orders(40), ...odd.filter((span) => !late.includes(span))], () => now)
    expect(await flowOf(engine, 'odd')).not.toHaveProperty('missing')
    now += 40_000
    expect((await flowOf(engine, 'odd')).missing).toHaveLength(1)
    await engine.ingest(request(late), 'protobuf')
    expect(await flowOf(engine, 'odd')).not.toHaveProperty('missing')
    expect((await shapesOf(engine)).origins).toMatchObject([{ flows: 41, shapes: [{ flows: 41 }] }])
    await engine.close()
  })

  it('is one that nearly all flows have, of enough flows', async () => {
    const without = (name: string, at: number): Told[] => order(name, { at, consumers: allBut('mail') })
    const few = await engineAt([...orders(18), ...without('odd', 50_000)])
    expect(await flowOf(few, 'odd')).not.toHaveProperty('missing')
    const often = await engineAt([
      ...orders(36),
      ...[0, 1, 2, 3].flatMap((number) => without(`odd${number}`, 50_000 + number)),
    ])
    expect(await flowOf(often, 'odd0')).not.toHaveProperty('missing')
    for (const engine of [few, often]) await engine.close()
  })

  it('stays expected while its only consumer is down, however long that takes', async () => {
    const alone = { consumers: ['mail'] as const }
    const up = Array.from({ length: 30 }, (_, number) => order(`up${number}`, { at: number, ...alone }))
    const down = Array.from({ length: 300 }, (_, number) =>
      order(`down${number}`, { at: 1000 + number, consumers: [] }),
    )
    const engine = await engineAt([...up, ...down].flat())
    expect((await flowOf(engine, 'down7')).missing).toMatchObject([
      { service: 'mail', flows: 30, ofFlows: 30 },
    ])
    await engine.close()
  })

  it('hides what would come after it', async () => {
    const told = Array.from({ length: 30 }, (_, number) => order(`o${number}`)).flat()
    const chain = told.flatMap((span): Told[] =>
      span.id.endsWith('-mail/process')
        ? [span, { id: span.id.replace('process', 'smtp'), parent: span.id, kind: 'server', service: 'smtp' }]
        : [span],
    )
    const engine = await engineAt([
      ...chain.map((span) =>
        span.kind === 'server' && span.service === 'smtp' ? { ...span, name: 'SEND' } : span,
      ),
      ...order('odd', { at: 50_000, consumers: allBut('mail') }),
    ])
    expect((await flowOf(engine, 'odd')).missing?.map(({ service }) => service)).toEqual(['mail'])
    await engine.close()
  })
})
