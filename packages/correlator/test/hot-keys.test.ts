import { hold, PATIENCE } from '@flowstitch/fuzz'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeclaredKeys } from '../src/decode/declared-keys.ts'
import { Scanner } from '../src/decode/scan.ts'
import { memoryStore, openEngine, type DestinationReports } from '../src/index.ts'
import { StoredSpans } from '../src/stitch/stored-spans.ts'
import type { Location, Store } from '../src/store/store.ts'
import { Totals } from '../src/totals/totals.ts'
import { shuffledRequests, STORY_KEYS } from './support/arbitrary.ts'
import { messaging, request, STORY_START_MS, type Attributes, type Told } from './support/story.ts'

const KEYS: readonly Attributes[] = [
  { 'flowstitch.message.coordinate': 'kafka/q/0/1' },
  { 'messaging.message.id': 'm1' },
  { 'order.id': 'o1' },
]

const anyKeys = fc.subarray([...KEYS], { minLength: 1 })

function send(number: number, keys: readonly Attributes[], destination = 'q'): Told {
  const attributes = messaging('send', destination, Object.assign({}, ...keys) as Attributes)
  return { id: `s${number}/send`, kind: 'producer', at: number, attributes }
}

function process(number: number, keys: readonly Attributes[]): Told {
  const attributes = messaging('process', 'q', Object.assign({}, ...keys) as Attributes)
  return { id: `c${number}/process`, kind: 'consumer', at: 250 - number, attributes }
}

const times = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** Some senders and consumers that share keys, around the number of senders that are too many. */
const crowd: fc.Arbitrary<Told[]> = anyKeys
  .chain((most) => {
    const keys = fc.oneof({ weight: 6, arbitrary: fc.constant(most) }, { weight: 1, arbitrary: anyKeys })
    return fc.record({
      senders: fc.array(fc.tuple(keys, fc.constantFrom('q', 'q', 'q', 'q', 'q', 'r')), {
        minLength: 9,
        maxLength: 15,
      }),
      consumers: fc.array(keys, { minLength: 1, maxLength: 4 }),
    })
  })
  .map(({ senders, consumers }) => [
    ...senders.map(([keys, destination], number) => send(number, keys, destination)),
    ...consumers.map((keys, number) => process(number, keys)),
  ])

/** What the requests come to, where somebody asks after each of them. */
async function totalsOf(requests: readonly (readonly Told[])[]): Promise<DestinationReports | undefined> {
  const engine = await openEngine({
    store: memoryStore(),
    now: () => STORY_START_MS + 1e7,
    reportBudgetMs: 1e9,
    keys: STORY_KEYS,
    keyWindowMs: 300,
  })
  let totals: DestinationReports | undefined
  for (const told of requests) {
    await engine.ingest(request(told), 'protobuf')
    totals = await engine.destinations()
  }
  await engine.close()
  return totals
}

/** A store that counts what is read from it. */
function counting(store: Store): { store: Store; reads: () => number } {
  let reads = 0
  const read = (location: Location): ReturnType<Store['read']> => {
    reads++
    return store.read(location)
  }
  const counted = new Proxy(store, {
    get: (target, name) => {
      if (name === 'read') return read
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { store: counted, reads: () => reads }
}

describe('a key that many spans share', () => {
  it(
    'gives the same totals in any order, also where it comes to have too many senders',
    () =>
      hold(
        fc.asyncProperty(
          crowd.chain((told) => fc.tuple(fc.constant(told), shuffledRequests(told))),
          async ([told, requests]) => {
            expect(await totalsOf(requests)).toEqual(await totalsOf([told]))
          },
        ),
      ),
    PATIENCE,
  )

  it('counts each of very many deliveries, however late it comes', async () => {
    const told = times(130, (number) => process(number, KEYS))
    const requests = [told.slice(0, 120), told.slice(120, 125), told.slice(125)]
    expect(await totalsOf(requests)).toEqual(await totalsOf([told]))
  })

  it.each([
    ['deliveries without a sender', (number: number, key: Attributes) => process(number, [key])],
    ['senders', (number: number, key: Attributes) => send(number, [key])],
    [
      'both',
      (number: number, key: Attributes) => (number % 2 === 0 ? send(number, [key]) : process(number, [key])),
    ],
  ])(
    'is read and looked up a few times, and not once for each of many %s',
    async (_, make) => {
      for (const key of KEYS) {
        const { store, reads } = counting(memoryStore())
        let asked = 0
        class Asked extends StoredSpans {
          override withCoordinate(coordinate: string): ReturnType<StoredSpans['withCoordinate']> {
            asked++
            return super.withCoordinate(coordinate)
          }
        }
        const declared = new DeclaredKeys(STORY_KEYS)
        const scanner = new Scanner(declared)
        const newSpans = (): StoredSpans => new Asked(store, { declared, windowMs: 1000 })
        const totals = new Totals(store, newSpans, () => undefined)
        const body = request(times(1000, (number) => make(number, key)))
        const scan = scanner.scan(body)
        await store.append(body, scan)
        totals.note(scan)
        await totals.catchUp(Infinity)
        expect(totals.coverage.complete).toBe(true)
        totals.close()
        // Four looks at the store for a thousand traces, and one for each sender until there are too many.
        expect(reads()).toBeLessThan(20 * 1000)
        expect(asked).toBeLessThan(20 * 1000)
      }
    },
    PATIENCE,
  )
})
