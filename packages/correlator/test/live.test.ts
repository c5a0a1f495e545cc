import { describe, expect, it, vi } from 'vitest'
import { memoryStore, openEngine, type Engine, type EngineOptions, type FlowSummary } from '../src/index.ts'
import { batchStory, retryStory } from './support/stories.ts'
import { request, STORY_START_MS, traceId } from './support/story.ts'

async function liveEngine(
  options: Partial<EngineOptions> = {},
): Promise<{ engine: Engine; told: FlowSummary[] }> {
  const store = memoryStore()
  const engine = await openEngine({ store, now: () => STORY_START_MS, liveIntervalMs: 5, ...options })
  const told: FlowSummary[] = []
  engine.subscribe((summary) => told.push(summary))
  return { engine, told }
}

describe('a subscription', () => {
  it('tells a flow whenever it has changed, in a growing version', async () => {
    const { engine, told } = await liveEngine()
    const [post, send, ...tries] = retryStory([false, true])
    await engine.ingest(request([post!, send!]), 'protobuf')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ id: traceId('pay'), attemptCount: 0 }), {
      timeout: 15_000,
    })
    for (const [index, attempt] of tries.entries()) {
      await engine.ingest(request([attempt]), 'protobuf')
      await vi.waitFor(
        () => expect(told.at(-1)).toMatchObject({ id: traceId('pay'), attemptCount: index + 1 }),
        { timeout: 15_000 },
      )
    }
    const versions = told.map((summary) => summary.version)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    await engine.close()
  })

  it('tells at once, and each change, while there is time for that', async () => {
    const { engine, told } = await liveEngine({ liveIntervalMs: 3_600_000 })
    for (const [index, id] of ['a/post', 'a/step', 'a/next'].entries()) {
      await engine.ingest(
        request([{ id, kind: 'server', ...(index > 0 && { parent: 'a/post' }) }]),
        'protobuf',
      )
      await vi.waitFor(() => expect(told.map(({ stepCount }) => stepCount)).toHaveLength(index + 1))
    }
    expect(told.map(({ stepCount }) => stepCount)).toEqual([1, 2, 3])
    await engine.close()
  })

  it('tells every flow that passes through a batch', async () => {
    const { engine, told } = await liveEngine()
    await engine.ingest(request(batchStory(8)), 'protobuf')
    await vi.waitFor(() => expect(new Set(told.map((summary) => summary.id)).size).toBe(8), {
      timeout: 15_000,
    })
    await engine.close()
  })

  it('tells when a flow becomes quiet although nothing happens', async () => {
    let now = STORY_START_MS
    const { engine, told } = await liveEngine({ now: () => now, quietAfterMs: 1000 })
    await engine.ingest(request([{ id: 'a/post', kind: 'server' }]), 'protobuf')
    await vi.waitFor(() => expect(told.map((summary) => summary.state)).toEqual(['active']), {
      timeout: 15_000,
    })
    now += 2000
    await vi.waitFor(() => expect(told.map((summary) => summary.state)).toEqual(['active', 'quiet']), {
      timeout: 15_000,
    })
    await engine.close()
  })

  it('does not tell of a consumer as a flow of its own while its cause is on the way', async () => {
    const { engine, told } = await liveEngine()
    const [post, send, attempt] = retryStory([true])
    await engine.ingest(request([attempt!]), 'protobuf')
    await engine.ingest(request([post!, send!]), 'protobuf')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ id: traceId('pay'), attemptCount: 1 }), {
      timeout: 15_000,
    })
    expect(new Set(told.map((summary) => summary.id))).toEqual(new Set([traceId('pay')]))
    await engine.close()
  })

  it('that ended is told nothing more', async () => {
    const { engine, told } = await liveEngine()
    const others: FlowSummary[] = []
    const end = engine.subscribe((summary) => others.push(summary))
    end()
    await engine.ingest(request([{ id: 'a/post' }]), 'protobuf')
    await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 15_000 })
    expect(others).toEqual([])
    await engine.close()
  })
})
