import { adapterConformance } from '@flowstitch/testing'
import { nats } from './session.ts'

const PUBLISHES_ONE = 'NATS publishes one message a call'
const DELIVERS_ONE = 'NATS delivers one message at a time'

adapterConformance(nats, {
  skip: [
    ...[
      'a batch makes a create span a message, and one send span with a link to each',
      'a batch without create spans is one producer span, whose context all of its messages carry',
      'H2, H9: every message that one call sends carries a context of its own, not the first alone',
    ].map((behaviour) => ({ behaviour, reason: PUBLISHES_ONE })),
    ...[
      'a batch is one span without a parent that links to every message; each message has its own below it',
      'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
    ].map((behaviour) => ({ behaviour, reason: DELIVERS_ONE })),
    {
      behaviour: 'a dead letter says where it came from and why, in a trace of its own with a link',
      reason: 'NATS has no dead letters: it just stops to deliver a message',
    },
    {
      behaviour:
        'a call with several destinations names them on create spans and links, and none on its own span',
      reason: 'a publish has one subject',
    },
    ...[
      'keys are recorded unless the user wants none',
      'a tombstone is marked as such, and nothing else is',
    ].map((behaviour) => ({ behaviour, reason: 'messages have no key' })),
    {
      behaviour: "a client that OpenTelemetry's own instrumentation has wrapped is traced by that alone",
      reason: 'OpenTelemetry has no instrumentation for NATS',
    },
  ],
})
