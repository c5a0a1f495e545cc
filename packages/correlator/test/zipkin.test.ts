import { describe, expect, it } from 'vitest'
import { memoryStore, openEngine, type Engine } from '../src/index.ts'
import { STORY_START_MS } from './support/story.ts'

const TRACE = '5af7183fb1d4cf5f'
const now = (): number => STORY_START_MS + 60_000

async function told(spans: unknown): Promise<Engine> {
  const engine = await openEngine({ store: memoryStore(), now })
  await engine.ingest(Buffer.from(JSON.stringify(spans)), 'zipkin')
  return engine
}

const span = (id: string, service: string, more: object = {}): object => ({
  traceId: TRACE,
  id,
  name: id,
  timestamp: STORY_START_MS * 1000,
  duration: 1500,
  localEndpoint: { serviceName: service },
  ...more,
})

describe('Zipkin spans', () => {
  it('give flows: a Brave producer and consumer of one trace', async () => {
    const engine = await told([
      span('a1', 'shop', { kind: 'PRODUCER', tags: { 'kafka.topic': 'orders' } }),
      span('b2', 'worker', {
        parentId: 'a1',
        kind: 'CONSUMER',
        timestamp: (STORY_START_MS + 40) * 1000,
        tags: { 'kafka.topic': 'orders', error: 'no stock' },
      }),
    ])
    const { flows } = await engine.flows({ limit: 5 })
    expect(flows).toMatchObject([
      { id: TRACE.padStart(32, '0'), services: ['shop', 'worker'], systems: ['kafka'] },
    ])
    const flow = (await engine.flow(flows[0]!.id))!
    expect(flow.steps.map(({ spanId, kind, status }) => [spanId, kind, status])).toEqual([
      ['00000000000000a1', 'producer', 'unset'],
      ['00000000000000b2', 'consumer', 'error'],
    ])
    expect(flow.messages).toMatchObject([
      { system: 'kafka', destination: 'orders', attempts: [{ dwellMs: 38.5, outcome: 'failed' }] },
    ])
    expect(flow.durationMs).toBe(41.5)
  })

  it('that a server shares with its caller are two steps', async () => {
    const engine = await told([
      span('a1', 'shop', { kind: 'CLIENT' }),
      span('a1', 'stock', { kind: 'SERVER', shared: true }),
    ])
    const flow = (await engine.flow(TRACE.padStart(32, '0')))!
    expect(flow.steps.map((step) => step.service).sort()).toEqual(['shop', 'stock'])
    expect(flow.edges).toMatchObject([{ evidence: 'parent' }])
  })

  it('without valid ids are rejected, and the others kept', async () => {
    const engine = await openEngine({ store: memoryStore(), now })
    const bad = [span('', 'shop'), span('zz', 'shop'), span('1234567890123456789', 'shop'), { id: 'a1' }]
    const body = Buffer.from(JSON.stringify([...bad, span('a1', 'shop')]))
    expect(await engine.ingest(body, 'zipkin')).toMatchObject({ accepted: 1, rejected: 4 })
  })

  it.each([
    ['no JSON', '['],
    ['no list', '{}'],
    ['a span that is none', '[7]'],
    ['a time that is none', JSON.stringify([span('a1', 'shop', { timestamp: 'today' })])],
    ['a negative duration', JSON.stringify([span('a1', 'shop', { duration: -1 })])],
    ['no text', Buffer.from([0xff, 0xfe])],
  ])('that are %s are refused', async (_, body) => {
    const engine = await openEngine({ store: memoryStore() })
    await expect(engine.ingest(Buffer.from(body as string), 'zipkin')).rejects.toMatchObject({
      name: 'DecodeError',
      code: 'malformed-json',
    })
    expect(engine.stats().spans).toBe(0)
  })

  it('may be none', async () => {
    const engine = await openEngine({ store: memoryStore() })
    expect(await engine.ingest(Buffer.from('[]'), 'zipkin')).toEqual({ accepted: 0, rejected: 0 })
  })
})
