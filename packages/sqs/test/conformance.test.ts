import { adapterConformance } from '@flowstitch/testing'
import { sqs } from './session.ts'

adapterConformance(sqs, {
  skip: [
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason: 'a receive is a pull: its receive span has the links, and processSqs handles messages singly',
    },
  ],
})
