import fc from 'fast-check'
import { batchStory, createStory, gapStory, retryStory } from './stories.ts'
import { flowState, messaging, STORY_START_MS, type Told } from './story.ts'

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const
const OPERATIONS = ['create', 'send', 'receive', 'process', 'settle'] as const

/** Spans that refer to each other at random: missing parents, links in circles, clocks that disagree. */
const tangle: fc.Arbitrary<Told[]> = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const ids = Array.from({ length: size }, (_, index) => `t${index % 5}/s${index}`)
  const some = fc.constantFrom(...ids, 't0/lost', 't9/lost')
  return fc.tuple(...ids.map((id) => anySpan(id, ids, some)))
})

function anySpan(id: string, ids: readonly string[], some: fc.Arbitrary<string>): fc.Arbitrary<Told> {
  const trace = id.split('/')[0]!
  const inTrace = ids.filter((other) => other !== id && other.startsWith(`${trace}/`))
  const link = fc.oneof(
    some,
    fc.record({ to: some, state: fc.constantFrom(flowState('t1'), flowState('t8'), '') }),
  )
  return fc
    .record({
      parent: fc.option(fc.constantFrom(...inTrace, `${trace}/lost`), { nil: undefined }),
      links: fc.array(link, { maxLength: 3 }),
      kind: fc.constantFrom(...KINDS),
      at: fc.integer({ min: 0, max: 3000 }),
      for: fc.integer({ min: 0, max: 500 }),
      error: fc.boolean(),
      service: fc.constantFrom('shop', 'worker', 'mailer'),
      broker: fc.option(fc.integer({ min: 0, max: 3000 })),
      delay: fc.option(fc.integer({ min: 0, max: 2000 })),
      state: fc.constantFrom('', '', flowState('t2'), flowState('t8')),
      operation: fc.option(fc.constantFrom(...OPERATIONS)),
      offset: fc.option(fc.integer({ min: 0, max: 3 })),
      batch: fc.boolean(),
      range: fc.option(fc.constantFrom('0+2', '1+3', '3+1')),
    })
    .map(({ operation, offset, batch, range, parent, broker, delay, ...span }) => ({
      id,
      ...span,
      ...(parent !== undefined && { parent }),
      attributes: {
        ...(operation && messaging(operation, 'q')),
        ...(offset !== null && { 'kafka.offset': offset, 'messaging.destination.partition.id': '0' }),
        ...(broker !== null && { 'flowstitch.message.broker_time': STORY_START_MS + broker }),
        ...(delay !== null && { 'flowstitch.message.delay': delay }),
        ...(range !== null && { 'flowstitch.message.coordinates': [`kafka/q/0/${range}`] }),
        ...(batch && { 'messaging.batch.message_count': 2 }),
      },
    }))
}

/** Any of the stories with names, or a tangle. */
export const anyStory: fc.Arbitrary<Told[]> = fc.oneof(
  tangle,
  tangle,
  fc.integer({ min: 1, max: 6 }).map(batchStory),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }).map(retryStory),
  fc.constant(createStory()),
  fc.constant(gapStory()),
)

/** The same spans in any order, some of them twice, split into requests anyhow. */
export function shuffledRequests(told: readonly Told[]): fc.Arbitrary<Told[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...told], { minLength: told.length, maxLength: told.length }),
      fc.subarray([...told]),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
    )
    .map(([all, again, sizes]) => {
      const left = [...all, ...again]
      const requests: Told[][] = []
      for (let turn = 0; left.length > 0; turn++) requests.push(left.splice(0, sizes[turn % sizes.length]))
      return requests
    })
}
