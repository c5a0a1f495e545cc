import { adapterConformance, type Skip } from '@flowstitch/testing'
import { describe } from 'vitest'
import { bullmq, bullmqOldest } from './session.ts'

const ONE_BY_ONE = 'a worker handles one job after the other, however many at once, and getNextJob brings one'

const skip: readonly Skip[] = [
  ...[
    'a batch is one span without a parent that links to every message; each message has its own below it',
    'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
  ].map((behaviour) => ({ behaviour, reason: ONE_BY_ONE })),
  {
    behaviour: 'inherited properties and accessors of a message arrive',
    reason:
      'BullMQ spreads the options of a job, and writes its data as JSON: what they inherit never arrives',
  },
  {
    behaviour: 'a dead letter says where it came from and why, in a trace of its own with a link',
    reason: 'a job that has failed for good stays in its queue, and its last attempt says so',
  },
  {
    behaviour: 'names of temporary destinations are in no span name',
    reason: 'queues have the names that people give them, and stay',
  },
  ...[
    'keys are recorded unless the user wants none',
    'a tombstone is marked as such, and nothing else is',
  ].map((behaviour) => ({ behaviour, reason: 'jobs have no key but their id' })),
  {
    behaviour: "a client that OpenTelemetry's own instrumentation has wrapped is traced by that alone",
    reason:
      'there is none for BullMQ 6; what its option telemetry traces is left to that (telemetry.test.ts)',
  },
]

adapterConformance(bullmq, { skip })

describe('version 6.0', () => {
  adapterConformance(bullmqOldest, { client: 'bullmq 6.0', skip })
})
