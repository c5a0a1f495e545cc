import { createRequire } from 'node:module'
import { adapterConformance } from '@flowstitch/testing'
import type { connect } from 'amqplib'
import { describe } from 'vitest'
import { amqplib } from './session.ts'

const reason = 'AMQP 0-9-1 has no call for several messages, and hands them out one by one'
const require = createRequire(import.meta.url)

for (const version of ['amqplib-0.10', 'amqplib-1', 'amqplib']) {
  const client = require(version) as { connect: typeof connect }
  describe(`with ${version}`, () => {
    adapterConformance(amqplib(client.connect), {
      skip: [
        { behaviour: 'a batch makes a create span a message, and one send span with a link to each', reason },
        {
          behaviour:
            'a batch is one span without a parent that links to every message; each message has its own below it',
          reason,
        },
      ],
    })
  })
}
