import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryStore, openEngine, type Location, type Store } from '../src/index.ts'
import { KeyHash } from '../src/store/hash.ts'
import { anyStory, STORY_KEYS } from './support/arbitrary.ts'
import { engineWith, request, STORY_START_MS, traceId, withoutVersions, type Told } from './support/story.ts'

const settings = { now: () => STORY_START_MS + 1e7, keys: STORY_KEYS }

/** A store in which every key finds every span. */
function collidingStore(): Store {
  const store = memoryStore()
  const traces = new Set<string>()
  const everything = (): Location[] =>
    [...traces].flatMap((text) => {
      const [hi, lo] = text.split('-').map(Number) as [number, number]
      return store.find(Object.assign(new KeyHash(), { hi, lo }))
    })
  return {
    append(body, scan) {
      for (let at = 0; at < scan.spans.length; at += 4)
        traces.add(`${scan.spans.items[at]}-${scan.spans.items[at + 1]}`)
      return store.append(body, scan)
    },
    find: everything,
    read: (location) => store.read(location),
    seconds: (since, until) => store.seconds(since, until),
    tracesIn: (second) => store.tracesIn(second),
    stats: () => store.stats(),
    close: () => store.close(),
  }
}

async function flows(engine: Awaited<ReturnType<typeof openEngine>>, told: readonly Told[]): Promise<string> {
  const ids = new Set(told.map(({ id }) => traceId(id.split('/')[0]!)))
  return withoutVersions(await Promise.all([...ids].sort().map((id) => engine.flow(id))))
}

it(
  'keys that share a hash share nothing else',
  async () => {
    await hold(
      fc.asyncProperty(anyStory, async (told) => {
        const engine = await openEngine({ store: collidingStore(), ...settings })
        await engine.ingest(request(told), 'protobuf')
        const straight = await engineWith(told, settings)
        expect(await flows(engine, told)).toBe(await flows(straight, told))
        await engine.close()
        await straight.close()
      }),
    )
  },
  PATIENCE,
)
