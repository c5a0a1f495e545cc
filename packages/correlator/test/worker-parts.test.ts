import { hold } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeclaredKeys } from '../src/decode/declared-keys.ts'
import { KEY_SLOTS } from '../src/decode/join-keys.ts'
import { Scanner, type Scan } from '../src/decode/scan.ts'
import { embeddedStore, memoryStore, routeSpans, type Store } from '../src/index.ts'
import { decodeFound } from '../src/workers/reads.ts'
import { halfEdgesOf } from '../src/workers/half-edges.ts'
import { anyStory, STORY_KEYS } from './support/arbitrary.ts'
import { Cluster } from './support/cluster.ts'
import { withFolder } from './support/stores.ts'
import { batchStory, createStory } from './support/stories.ts'
import { request, stepsOf, STORY_START_MS, traceId, type Told } from './support/story.ts'

const now = (): number => STORY_START_MS + 1e7

function keysOf({ keys }: Scan): string[] {
  const found = new Set<string>()
  for (let at = 0; at < keys.length; at += KEY_SLOTS) found.add(`${keys.items[at]}-${keys.items[at + 1]}`)
  return [...found].sort()
}

describe('half-edges', () => {
  it('are found by exactly the keys of the spans that they are cut from', () => {
    const declared = new DeclaredKeys(STORY_KEYS)
    hold(
      fc.property(anyStory, (told) => {
        const body = request(told)
        const scan = new Scanner(declared).scan(body)
        const keys = keysOf(scan)
        const halfEdges = new Scanner(declared).scan(halfEdgesOf(body, scan, declared))
        expect(keysOf(halfEdges)).toEqual(keys)
        expect(halfEdges.rejected).toBe(0)
      }),
    )
  })
})

describe('spans that are routed', () => {
  it('come whole and once to the partition of their trace, and nothing else does', () => {
    const told = [...batchStory(9), ...createStory()]
    const routed = routeSpans(request(told), 4)
    expect(routed.map(({ partition }) => partition)).toEqual([0, 1, 2, 3])
    const scans = routed.map(({ body }) => new Scanner().scan(body).accepted)
    expect(scans.reduce((sum, accepted) => sum + accepted)).toBe(told.length)
  })

  it('are refused by every other partition, and nothing of the request is kept', async () => {
    const cluster = new Cluster(2, memoryStore, { now })
    const [first] = routeSpans(request([{ id: 'a/post', kind: 'server' }]), 2)
    const other = cluster.workers[1 - first!.partition]!
    await expect(other.takeSpans(first!.body)).rejects.toThrow(
      new RangeError(
        `A span of partition ${first!.partition} of 2 was given to partition ${1 - first!.partition}`,
      ),
    )
    expect(await other.flow(traceId('a'))).toBeUndefined()
    await cluster.close()
  })
})

describe('a worker', () => {
  it('says when bytes are no read', async () => {
    const cluster = new Cluster(1, memoryStore, { now })
    expect(() => cluster.workers[0]!.read(Uint8Array.of(9, 1))).toThrow('Not')
    expect(decodeFound(cluster.workers[0]!.read(new Uint8Array()), 0)).toEqual([])
    await cluster.close()
  })

  it('gives a flow a greater version for every span that comes, whoever takes it', async () => {
    const story = batchStory(2)
    const cluster = new Cluster(3, memoryStore, { now })
    let last = -1
    for (const span of story.filter(({ id }) => /^order0|order0$|all$/.test(id))) {
      await cluster.take(request([span]))
      for (const delivery of cluster.waiting.splice(0)) await cluster.deliver(delivery)
      const flow = await cluster.workers[0]!.flow(traceId('order0'))
      expect(flow!.version).toBeGreaterThan(last)
      last = flow!.version
    }
    await cluster.close()
  })

  it('rejects a question while a worker that it needs does not answer', async () => {
    const cluster = new Cluster(2, memoryStore, { now })
    cluster.isDown = true
    for (const worker of cluster.workers)
      await expect(worker.flow(traceId('a'))).rejects.toThrow(/^no answer from [01]$/)
    await cluster.close()
  })

  it('goes on with what it had after a restart', () =>
    withFolder(async (directory) => {
      const [early, late] = halves(batchStory(4))
      const open = async (): Promise<Cluster> => {
        const stores: Store[] = []
        for (const name of ['a', 'b', 'c', 'd'])
          stores.push(await embeddedStore({ directory: `${directory}/${name}`, segmentBytes: 2000 }))
        return new Cluster(2, () => stores.pop()!, { now })
      }
      for (const told of [early, late]) {
        const cluster = await open()
        await cluster.take(request(told))
        for (const delivery of cluster.waiting) await cluster.deliver(delivery)
        await cluster.close()
      }
      const cluster = await open()
      for (const worker of cluster.workers)
        expect(stepsOf(await worker.flow(traceId('order3')))).toEqual([
          'batch/all',
          'batch/commit',
          'batch/process-order3',
          'batch/ship-order3',
          'order3/post',
          'order3/send',
        ])
      await cluster.close()
    }))
})

function halves(told: Told[]): [Told[], Told[]] {
  return [told.filter((_, index) => index % 2 === 0), told.filter((_, index) => index % 2 === 1)]
}
