import { adapterConformance } from '@flowstitch/testing'
import { amqplib } from './session.ts'

const reason = 'AMQP 0-9-1 has no call for several messages, and hands them out one by one'

adapterConformance(amqplib, {
  skip: [
    { behaviour: 'a batch makes a create span a message, and one send span with a link to each', reason },
    {
      behaviour:
        'a batch is one span without a parent that links to every message; each message has its own below it',
      reason,
    },
  ],
})
