import fc from 'fast-check'
import { batchStory, createStory, gapStory, retryStory } from './stories.ts'
import { flowState, messaging, STORY_START_MS, type Attributes, type Told } from './story.ts'

const KINDS = ['internal', 'server', 'client', 'producer', 'consumer'] as const
const OPERATIONS = ['create', 'send', 'receive', 'process', 'settle'] as const
const NONE = { nil: undefined }

/** What engines have to be told so that the declared keys of the stories count. */
export const STORY_KEYS: readonly string[] = ['order.id']

/** A span that is reported once, or, now and then, twice and differently. */
function anyVersions(span: fc.Arbitrary<Told>): fc.Arbitrary<Told[]> {
  return fc.oneof({ weight: 9, arbitrary: fc.tuple(span) }, { weight: 1, arbitrary: fc.tuple(span, span) })
}

function anySpan(id: string, ids: readonly string[], some: fc.Arbitrary<string>): fc.Arbitrary<Told> {
  const trace = id.split('/')[0]!
  const inTrace = ids.filter((other) => other !== id && other.startsWith(`${trace}/`))
  const link = fc.oneof(
    some,
    fc.record({ to: some, state: anyState }),
    fc.record({ to: some, attributes: anyPlace }),
  )
  return fc
    .record({
      parent: fc.option(fc.constantFrom(...inTrace, `${trace}/lost`), NONE),
      links: fc.array(link, { maxLength: 3 }),
      kind: fc.constantFrom(...KINDS),
      at: fc.integer({ min: 0, max: 3000 }),
      for: fc.integer({ min: 0, max: 500 }),
      error: fc.boolean(),
      service: fc.constantFrom('shop', 'worker', 'mailer'),
      state: anyState,
      messaging: fc.option(anyMessaging, NONE),
      delivery: anyDelivery,
    })
    .map(({ parent, messaging: about, delivery, ...span }) => ({
      id,
      ...span,
      ...(parent !== undefined && { parent }),
      attributes: { ...about, ...(about && delivery) },
    }))
}

const anyState = fc.constantFrom('', '', flowState('t1'), flowState('t2'), flowState('t8'), 'ot=th:8')

/** Where a broker put a message, as spans and links say it. */
const anyPlace: fc.Arbitrary<Attributes> = fc.oneof(
  fc.nat(3).map((at) => ({ 'kafka.offset': at, 'messaging.destination.partition.id': '0' })),
  fc.nat(3).map((at) => ({ 'flowstitch.message.coordinate': `kafka/q/0/${at}` })),
)

/** What a message may be found by. */
const anyEvidence: fc.Arbitrary<Attributes> = fc
  .tuple(
    fc.oneof(fc.constant({}), fc.constant({}), anyPlace),
    some({
      'flowstitch.message.coordinates': fc.constantFrom(
        ['kafka/q/0/0+2'],
        ['kafka/q/0/1+3'],
        ['kafka/q/0/3+1', 'kafka/q/0/0+1'],
      ),
    }),
    some({ 'messaging.message.id': fc.constantFrom('m1', 'm2') }),
    some({ 'order.id': fc.constantFrom('o1', 'o2') }),
  )
  .map(merged)

/** An operation on a queue or a topic. */
const anyMessaging: fc.Arbitrary<Attributes> = fc
  .tuple(
    fc.constantFrom(...OPERATIONS),
    fc.constantFrom('q', 'q', 'q', 'r'),
    fc.constantFrom('kafka', 'kafka', 'rabbitmq'),
    anyEvidence,
  )
  .map(([operation, destination, system, evidence]) => ({
    ...messaging(operation, destination, { 'messaging.system.name': system }),
    ...evidence,
  }))

/** What a delivery says of itself: its group, its number, what came of it, where it was dead-lettered. */
const anyDelivery: fc.Arbitrary<Attributes> = fc
  .tuple(
    some({ 'messaging.consumer.group.name': fc.constantFrom('a', 'b') }),
    some({ 'flowstitch.message.attempt': fc.integer({ min: 1, max: 3 }) }),
    some({ 'flowstitch.message.broker_time': fc.nat(3000).map((at) => STORY_START_MS + at) }),
    some({ 'flowstitch.message.delay': fc.nat(2000) }),
    some({ 'flowstitch.dead_letter.source': fc.constantFrom('q', 'r') }),
    some({ 'flowstitch.settlement': fc.constantFrom('ack', 'nack') }),
    some({ 'messaging.batch.message_count': fc.constant(2) }),
    some({ 'flowstitch.message.duplicate': fc.constant(true) }),
  )
  .map(merged)

function merged(all: readonly Attributes[]): Attributes {
  return Object.assign({}, ...all) as Attributes
}

/** The attribute with a value, in one of four. */
function some(attribute: Record<string, fc.Arbitrary<Attributes[string]>>): fc.Arbitrary<Attributes> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.record(attribute) })
}

/** Spans that refer to each other at random: missing parents, links in circles, clocks that disagree. */
const tangle: fc.Arbitrary<Told[]> = fc.integer({ min: 1, max: 14 }).chain((size) => {
  const ids = Array.from({ length: size }, (_, index) => `t${index % 5}/s${index}`)
  const some = fc.constantFrom(...ids, 't0/lost', 't9/lost')
  return fc.tuple(...ids.map((id) => anyVersions(anySpan(id, ids, some)))).map((spans) => spans.flat())
})

/** Messages that carry no context: whatever else they have in common has to bring senders and consumers together. */
const strangers: fc.Arbitrary<Told[]> = fc
  .array(fc.record({ sends: fc.boolean(), at: fc.nat(3000), about: anyEvidence, delivery: anyDelivery }), {
    minLength: 2,
    maxLength: 8,
  })
  .map((all) =>
    all.map(({ sends, at, about, delivery }, index): Told => ({
      id: `t${index}/${sends ? 'send' : 'process'}`,
      kind: sends ? 'producer' : 'consumer',
      at,
      attributes: { ...messaging(sends ? 'send' : 'process', 'q'), ...about, ...(!sends && delivery) },
    })),
  )

/** Any of the stories with names, or a tangle. */
export const anyStory: fc.Arbitrary<Told[]> = fc.oneof(
  { weight: 4, arbitrary: tangle },
  { weight: 2, arbitrary: strangers },
  fc.integer({ min: 1, max: 6 }).map(batchStory),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }).map(retryStory),
  fc.constant(createStory()),
  fc.constant(gapStory()),
)

/** The same spans in any order, some of them twice, split into requests anyhow. */
export function shuffledRequests(told: readonly Told[]): fc.Arbitrary<Told[][]> {
  return fc
    .tuple(shuffledTwice(told), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }))
    .map(([all, sizes]) => {
      const left = [...all]
      const requests: Told[][] = []
      for (let turn = 0; left.length > 0; turn++) requests.push(left.splice(0, sizes[turn % sizes.length]))
      return requests
    })
}

/** All of them in any order, some of them again. */
export function shuffledTwice<T>(all: readonly T[]): fc.Arbitrary<T[]> {
  return fc.subarray([...all]).chain((again) => {
    const each = [...all, ...again]
    return fc.shuffledSubarray(each, { minLength: each.length, maxLength: each.length })
  })
}
