import { adapterConformance } from '@flowstitch/testing'
import { nats } from './session.ts'

adapterConformance(nats, {
  skip: [
    {
      behaviour: 'a batch makes a create span a message, and one send span with a link to each',
      reason: 'NATS publishes one message a call',
    },
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason: 'NATS delivers one message at a time',
    },
  ],
})
