import { adapterConformance, type Skip } from '@flowstitch/testing'
import { describe } from 'vitest'
import { lists, lists5 } from './lists-session.ts'
import { ioredis, ioredis5 } from './session.ts'

const ADDS_ONE = 'XADD adds one entry; those of a pipeline are commands of their own'

const skip: readonly Skip[] = [
  ...[
    'a batch makes a create span a message, and one send span with a link to each',
    'a batch without create spans is one producer span, whose context all of its messages carry',
    'H2, H9: every message that one call sends carries a context of its own, not the first alone',
  ].map((behaviour) => ({ behaviour, reason: ADDS_ONE })),
  {
    behaviour: 'inherited properties and accessors of a message arrive',
    reason: 'XADD is given texts, and no object that could inherit',
  },
  {
    behaviour:
      'a batch is one span without a parent that links to every message; each message has its own below it',
    reason: 'what is read together has a receive span with the links; entries are handled one by one',
  },
  {
    behaviour: 'what a library fetches ahead, to push it to a handler, makes no receive span',
    reason: 'ioredis fetches nothing ahead',
  },
  {
    behaviour: 'a dead letter says where it came from and why, in a trace of its own with a link',
    reason: 'Redis has no dead letters',
  },
  {
    behaviour:
      'a call with several destinations names them on create spans and links, and none on its own span',
    reason: 'XADD has one stream',
  },
  ...[
    'keys are recorded unless the user wants none',
    'a tombstone is marked as such, and nothing else is',
  ].map((behaviour) => ({ behaviour, reason: 'entries have no key but their id' })),
  {
    behaviour: 'names of temporary destinations are in no span name',
    reason: 'streams have the names that people give them, and stay',
  },
  {
    behaviour: "a client that OpenTelemetry's own instrumentation has wrapped is traced by that alone",
    reason: 'that tells of calls of a database and knows no messages: its spans stand below ours',
  },
]

const skipOfLists: readonly Skip[] = [
  ...skip.filter(({ reason }) => reason !== ADDS_ONE),
  ...[
    'a message that its handler settles has a client span for that below its own, which says how it was settled',
    'a message that is settled after its handler has a client span for that, with a link to the message',
    'settlements have no spans where the user wants none',
  ].map((behaviour) => ({
    behaviour,
    reason: 'a value that is taken out of a list is gone: nothing settles it',
  })),
  {
    behaviour: 'a message that comes again is the next attempt, in a trace of its own with a link',
    reason: 'Redis hands a value of a list out once',
  },
]

adapterConformance(ioredis, { skip })

describe('version 5.0', () => {
  adapterConformance(ioredis5, { client: 'ioredis 5.0', skip })
})

describe('lists', () => {
  adapterConformance(lists, { client: 'ioredis lists', skip: skipOfLists })
  adapterConformance(lists5, { client: 'ioredis 5.0 lists', skip: skipOfLists })
})
