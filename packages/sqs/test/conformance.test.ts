import { adapterConformance } from '@flowstitch/testing'
import { sqs } from './session.ts'

adapterConformance(sqs, {
  skip: [
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason: 'a receive is a pull: its receive span has the links, and processSqs handles messages singly',
    },
    {
      behaviour:
        'what is handed out together, beyond what an SDK keeps of links, is linked to the last message',
      reason: 'SQS hands out ten messages at most',
    },
    {
      behaviour: 'what a library fetches ahead, to push it to a handler, makes no receive span',
      reason: 'the SDK fetches nothing ahead',
    },
    {
      behaviour: 'a message that is settled without any call is handled in a span that ends with its handler',
      reason: 'SQS has no such way: a message that is not deleted comes again',
    },
    {
      behaviour:
        'a call with several destinations names them on create spans and links, and none on its own span',
      reason: 'a call sends to one queue',
    },
    ...[
      'keys are recorded unless the user wants none',
      'a tombstone is marked as such, and nothing else is',
    ].map((behaviour) => ({ behaviour, reason: 'messages have no key' })),
    {
      behaviour: 'names of temporary destinations are in no span name',
      reason: 'queues have the names that people give them, and stay',
    },
  ],
})
